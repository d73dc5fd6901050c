// Prints an error that nobody caught as one line.
process.on("uncaughtException", (error) => {
  process.stderr.write(`${error.name}: ${error.message.split("\n")[0]}\n`);
  process.exit(1);
});
