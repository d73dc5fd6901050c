@rem npm start ends in exec, so that under sh signals reach the proxy. cmd has none, and looks here first.
@%*
