"""An object store over plain HTTP, with one file in it."""

import http.server
import threading


class Answer(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.server.asked.append(self.path)
        self.send_response(200)
        self.send_header("Content-Length", str(len(self.server.data)))
        self.end_headers()
        self.wfile.write(self.server.data)

    def log_message(self, *_):
        pass


class Objects:
    """data: what every path answers. asked: the paths that were asked for. url: ends with a slash."""

    def __init__(self, data):
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answer)
        self.server.data, self.server.asked = data, []
        self.asked = self.server.asked
        self.url = f"http://127.0.0.1:{self.server.server_port}/"
        self.thread = threading.Thread(target=self.server.serve_forever)
        self.thread.start()

    def put(self, data):
        self.server.data = data

    def close(self):
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()
