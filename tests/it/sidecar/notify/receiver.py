"""Servers that Rust tests need and that must not be our own: HTTPS, and SMTP by aiosmtpd.

Usage: receiver.py https|smtps|starttls|plain|picky PORT CERTIFICATE KEY USER PASSWORD
Each thing received is a line of JSON on standard output; the first line says that it listens.
"""

import asyncio
import json
import ssl
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer

MODE, PORT, CERTIFICATE, KEY, USER, PASSWORD = sys.argv[1:7]


def tell(**facts):
    print(json.dumps(facts), flush=True)


def context():
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.load_cert_chain(CERTIFICATE, KEY)
    return made


class Https(BaseHTTPRequestHandler):
    timeout = 10

    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        headers = {name.lower(): value for name, value in self.headers.items()}
        tell(path=self.path, headers=headers, body=json.loads(body))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_):
        pass


class Quiet(HTTPServer):
    def handle_error(self, *_):
        pass


class Handler:
    async def handle_RCPT(self, server, session, envelope, address, options):
        if MODE == "picky" and address.startswith("nobody"):
            return "550 5.1.1 no such user"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        tell(
            sender=envelope.mail_from,
            to=envelope.rcpt_tos,
            content=envelope.content.decode("ascii"),
            encrypted=server.transport.get_extra_info("cipher") is not None,
            authenticated=bool(session.authenticated),
        )
        return "250 OK"


def serve_https():
    server = Quiet(("127.0.0.1", int(PORT)), Https)
    # The handshake is each connection's own: one that breaks it off ends nothing else.
    server.socket = context().wrap_socket(server.socket, server_side=True)
    tell(ready=True)
    server.serve_forever()


def serve_smtp():
    from aiosmtpd.smtp import SMTP, AuthResult

    def authenticate(server, session, envelope, mechanism, data):
        right = (data.login, data.password) == (USER.encode(), PASSWORD.encode())
        return AuthResult(success=right, handled=False, auth_data=USER if right else None)

    starttls = MODE == "starttls"
    options = {
        "hostname": "localhost",
        "authenticator": authenticate,
        "auth_required": USER != "",
        "auth_require_tls": starttls,
        "require_starttls": starttls,
        "tls_context": context() if starttls else None,
    }
    implicit = context() if MODE == "smtps" else None

    async def run():
        loop = asyncio.get_running_loop()
        make = lambda: SMTP(Handler(), **options)
        server = await loop.create_server(make, "127.0.0.1", int(PORT), ssl=implicit)
        tell(ready=True)
        await server.serve_forever()

    asyncio.run(run())


if MODE == "https":
    serve_https()
else:
    serve_smtp()
