"""A client for the conformance kit with Python's standard library: signs in, and prints the access token."""

import json
import os
import sys
import time
import urllib.error
import urllib.parse
import urllib.request


def post(url, fields):
    try:
        with urllib.request.urlopen(url, urllib.parse.urlencode(fields).encode(), timeout=30) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as answer:
        return json.load(answer)


client = {"client_id": os.environ["CLIENT_ID"]}
device = post(os.environ["DEVICE_AUTHORIZATION_ENDPOINT"], {**client, "scope": os.environ["SCOPE"]})
if "error" in device:
    sys.exit(device["error"])
print("Open", device["verification_uri"], "and enter", device["user_code"], file=sys.stderr, flush=True)

interval = device.get("interval", 5)
ends_at = time.monotonic() + device["expires_in"]
poll = {
    **client,
    "grant_type": "urn:ietf:params:oauth:grant-type:device_code",
    "device_code": device["device_code"],
}
while time.monotonic() < ends_at:
    time.sleep(interval)
    answer = post(os.environ["TOKEN_ENDPOINT"], poll)
    if "access_token" in answer:
        print(answer["access_token"])
        sys.exit()
    if answer["error"] == "slow_down":
        interval += 5
    elif answer["error"] != "authorization_pending":
        sys.exit(answer["error"])
sys.exit("the code has expired")
