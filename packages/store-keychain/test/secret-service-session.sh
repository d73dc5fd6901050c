# Runs a command in a D-Bus session of its own with an unlocked keyring; both end with it.
exec dbus-run-session -- sh -euc '
  printf %s password | gnome-keyring-daemon --foreground --unlock --components=secrets >/dev/null 2>&1 & daemon=$!
  export KEYRING_DAEMON=$daemon
  trap "kill -CONT $daemon 2>/dev/null; kill $daemon 2>/dev/null; wait $daemon || :" EXIT
  tries=0
  until dbus-send --session --print-reply --dest=org.freedesktop.DBus / org.freedesktop.DBus.NameHasOwner \
    string:org.freedesktop.secrets | grep -q "boolean true"; do
    tries=$((tries + 1)); [ $tries -lt 500 ] || exit 70; sleep 0.02
  done
  "$@"' sh "$@"
