"""An authorization server on loopback, made of Authlib's classes. It knows one client for each way to authenticate.

Prints "at <issuer>" when it listens, and ends with its standard input. POST /approve or /deny with a user code decides it.
"""

import json
import secrets
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

from authlib.oauth2.rfc6749 import AuthorizationServer, ClientMixin, InvalidGrantError, OAuth2Request, TokenMixin
from authlib.oauth2.rfc6749.grants import RefreshTokenGrant
from authlib.oauth2.rfc6750.token import BearerTokenGenerator
from authlib.oauth2.rfc7009 import RevocationEndpoint
from authlib.oauth2.rfc7523 import JWTBearerGrant
from authlib.oauth2.rfc8628 import DeviceAuthorizationEndpoint, DeviceCodeGrant, DeviceCredentialDict

SECRET = sys.argv[1]
tokens = []
credentials = {}
decisions = {}


class Client(ClientMixin):
    def __init__(self, client_id, method):
        self.client_id = client_id
        self.method = method

    def get_client_id(self):
        return self.client_id

    def get_allowed_scope(self, scope):
        return scope

    def check_client_secret(self, client_secret):
        return client_secret == SECRET

    def check_endpoint_auth_method(self, method, endpoint):
        return method == self.method

    def check_grant_type(self, grant_type):
        return True


CLIENTS = {
    "public": Client("public", "none"),
    "basic": Client("basic", "client_secret_basic"),
    "post": Client("post", "client_secret_post"),
}


class Issued(dict, TokenMixin):
    revoked = False

    def __init__(self, values, client):
        super().__init__(values)
        self.client = client

    def check_client(self, client):
        return self.client is client

    def get_scope(self):
        return self.get("scope", "")

    def get_expires_in(self):
        return self["expires_in"]


def find(name, text):
    return next((one for one in tokens if one.get(name) == text and not one.revoked), None)


class Server(AuthorizationServer):
    def query_client(self, client_id):
        return CLIENTS.get(client_id)

    def save_token(self, token, request):
        tokens.append(Issued(token, request.client))
        # Authlib leaves it to the storage that a code is good once.
        code = getattr(request, "credential", None)
        if isinstance(code, DeviceCredentialDict):
            credentials.pop(code["device_code"], None)

    def send_signal(self, name, *args, **kwargs):
        pass

    def create_oauth2_request(self, request):
        return request

    def handle_response(self, status, body, headers):
        return status, body, headers


class Device(DeviceAuthorizationEndpoint):
    EXPIRES_IN = 60
    INTERVAL = 0.05

    def get_verification_uri(self):
        return issuer + "/device"

    def save_device_credential(self, client_id, scope, data):
        expires_at = time.time() + data["expires_in"]
        credentials[data["device_code"]] = DeviceCredentialDict(
            client_id=client_id, scope=scope, expires_at=expires_at, **data
        )


class Poll(DeviceCodeGrant):
    def query_device_credential(self, device_code):
        return credentials.get(device_code)

    def query_user_grant(self, user_code):
        return ("somebody", decisions[user_code]) if user_code in decisions else None

    def should_slow_down(self, credential):
        return False


class Refresh(RefreshTokenGrant):
    TOKEN_ENDPOINT_AUTH_METHODS = ["client_secret_basic", "client_secret_post", "none"]
    INCLUDE_NEW_REFRESH_TOKEN = True

    def authenticate_refresh_token(self, refresh_token):
        return find("refresh_token", refresh_token)

    def authenticate_user(self, credential):
        return "somebody"

    def revoke_old_credential(self, credential):
        credential.revoked = True


class Assertion(JWTBearerGrant):
    """Takes what the platform signs with the secret, for this server alone."""

    def process_assertion_claims(self, assertion):
        self.CLAIMS_OPTIONS["aud"]["value"] = issuer
        return super().process_assertion_claims(assertion)

    def resolve_issuer_client(self, issuer):
        if issuer != "platform":
            raise InvalidGrantError(description="the platform is not known")
        return CLIENTS["public"]

    def resolve_client_key(self, client, headers, payload):
        return SECRET.encode()

    def authenticate_user(self, subject):
        return subject

    def has_granted_permission(self, client, user):
        return user == "job"


class Revoke(RevocationEndpoint):
    CLIENT_AUTH_METHODS = ["client_secret_basic", "client_secret_post", "none"]

    def query_token(self, token_string, token_type_hint):
        return find("refresh_token", token_string) or find("access_token", token_string)

    def revoke_token(self, token, request):
        token.revoked = True


def random_token(**_):
    return secrets.token_urlsafe(32)


server = Server()
server.register_token_generator("default", BearerTokenGenerator(random_token, random_token, 3600))
server.register_grant(Poll)
server.register_grant(Refresh)
server.register_grant(Assertion)
server.register_endpoint(Device)
server.register_endpoint(Revoke)


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        is_metadata = self.path == "/.well-known/oauth-authorization-server"
        self.answer(200, metadata()) if is_metadata else self.answer(404, {})

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("content-length", 0))).decode()
        form = dict(parse_qsl(body))
        request = OAuth2Request("POST", issuer + self.path, form, {name.title(): value for name, value in self.headers.items()})
        path = urlsplit(self.path).path
        if path in ("/approve", "/deny"):
            decisions[form["user_code"]] = path == "/approve"
            self.answer(200, {})
        elif path == "/token":
            self.answer(*server.create_token_response(request))
        elif path == "/device_authorization":
            self.answer(*server.create_endpoint_response("device_authorization", request))
        elif path == "/revoke":
            self.answer(*server.create_endpoint_response("revocation", request))
        else:
            self.answer(404, {})

    def answer(self, status, body, headers=[("Content-Type", "application/json")]):
        text = json.dumps(dict(body)).encode()
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("content-length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_):
        pass


def metadata():
    return {
        "issuer": issuer,
        "token_endpoint": issuer + "/token",
        "device_authorization_endpoint": issuer + "/device_authorization",
        "revocation_endpoint": issuer + "/revoke",
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post", "none"],
    }


listener = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
issuer = f"http://127.0.0.1:{listener.server_address[1]}"
threading.Thread(target=listener.serve_forever, daemon=True).start()
print("at", issuer, flush=True)
sys.stdin.read()
