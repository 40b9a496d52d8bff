"""HTTP/2 frames by hand, for clients that break the rules."""

import struct

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, RST_STREAM, SETTINGS, PING, GOAWAY, WINDOW_UPDATE, CONTINUATION = \
    0, 1, 3, 4, 6, 7, 8, 9


def frame(kind, flags=0, stream=0, payload=b""):
    return struct.pack(">I", len(payload))[1:] + struct.pack(">BBI", kind, flags, stream) + payload


def request(stream, path=b"/test.Echo/Wait", flags=4, extra=()):
    fields = [(b":method", b"POST"), (b":scheme", b"http"), (b":path", path),
              (b":authority", b"localhost"), (b"content-type", b"application/grpc"),
              (b"te", b"trailers"), *extra]
    block = b"".join(b"\x10" + bytes([len(n)]) + n + bytes([len(v)]) + v for n, v in fields)
    return frame(HEADERS, flags, stream, block)


def read_until(sock, wanted):
    """The payload of the next frame of that kind. GOAWAY, or the end, is an error."""
    def read(size):
        data = b""
        while len(data) < size:
            piece = sock.recv(size - len(data))
            if not piece:
                raise EOFError("the connection has ended")
            data += piece
        return data

    while True:
        head = read(9)
        payload = read(int.from_bytes(head[:3], "big"))
        if head[3] == wanted:
            return payload
        if head[3] == GOAWAY:
            raise EOFError(f"the connection is to end: {payload[8:]!r}")


BEGIN = PREFACE + frame(SETTINGS)
