#!/usr/bin/env python3
"""file_server.py [CERTIFICATE KEY] - an HTTP server (HTTPS with a certificate) for the tests of
fetching, good and bad. Prints its port; ends when its standard input does.

/files/NUMBER/...   that many bytes "f"; GET counts, and /count tells
/to/STATUS?URL      a redirect
/status/NUMBER      that status with a body that never ends
/stall              a head, and then nothing
/short              fewer bytes than announced
/endless            bytes "f" for ever, no length announced
/headers            a head that never ends
/garbage            no HTTP
"""
import http.server
import ssl
import sys
import threading
import time
import urllib.parse

counts = {"gets": 0}


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def body(self, content, status=200, length=None):
        self.send_response(status)
        self.send_header("Content-Length", str(len(content) if length is None else length))
        self.end_headers()
        self.wfile.write(content)

    def forever(self, piece):
        self.close_connection = True
        while True:
            self.wfile.write(piece)

    def do_GET(self):
        path, _, query = self.path.partition("?")
        words = path.strip("/").split("/")
        getattr(self, "do_" + words[0], self.missing)(words, query)

    def handle(self):
        try:
            super().handle()
        except (BrokenPipeError, ConnectionResetError):
            pass

    def missing(self, *_):
        self.body(b"nothing here", 404)

    def do_files(self, words, _):
        counts["gets"] += 1
        self.body(b"f" * int(words[1]))

    def do_count(self, *_):
        self.body(str(counts["gets"]).encode())

    def do_to(self, words, query):
        self.send_response(int(words[1]))
        self.send_header("Location", urllib.parse.unquote(query))
        self.send_header("Content-Length", "5")
        self.end_headers()
        self.wfile.write(b"there")

    def do_status(self, words, _):
        self.send_response(int(words[1]))
        self.end_headers()
        self.forever(b"e" * 65536)

    def do_stall(self, *_):
        self.send_response(200)
        self.send_header("Content-Length", "10")
        self.end_headers()
        self.wfile.write(b"fff")
        self.wfile.flush()
        time.sleep(3600)

    def do_short(self, *_):
        self.close_connection = True
        self.body(b"fff", length=10)

    def do_endless(self, *_):
        self.send_response(200)
        self.end_headers()
        self.forever(b"f" * 65536)

    def do_headers(self, *_):
        self.send_response(200)
        self.flush_headers()
        while True:
            self.wfile.write(b"X-More: " + b"h" * 1000 + b"\r\n")

    def do_garbage(self, *_):
        self.close_connection = True
        self.wfile.write(b"\0\1\2 no answer of any kind\n" * 100)


def main():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    if len(sys.argv) == 3:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(sys.argv[1], sys.argv[2])
        server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(server.server_address[1], flush=True)
    sys.stdin.read()


main()
