"""What libpq says of connection strings: JSON in, JSON out. Nothing is connected to but 127.0.0.1."""

import ctypes
import json
import sys

libpq = ctypes.CDLL("libpq.so.5")
NAMES = ["keyword", "envvar", "compiled", "val", "label", "dispchar"]


class Option(ctypes.Structure):
    _fields_ = [(name, ctypes.c_char_p) for name in NAMES] + [("dispsize", ctypes.c_int)]


libpq.PQconninfoParse.restype = ctypes.POINTER(Option)
libpq.PQconninfoParse.argtypes = [ctypes.c_char_p, ctypes.POINTER(ctypes.c_char_p)]
libpq.PQconninfoFree.argtypes = [ctypes.POINTER(Option)]
libpq.PQfreemem.argtypes = [ctypes.c_char_p]
libpq.PQconnectdb.restype = ctypes.c_void_p
libpq.PQconnectdb.argtypes = [ctypes.c_char_p]
libpq.PQstatus.argtypes = libpq.PQerrorMessage.argtypes = libpq.PQfinish.argtypes = [ctypes.c_void_p]
libpq.PQerrorMessage.restype = ctypes.c_char_p


def parse(text):
    """The options that the text sets, as hex; None where libpq refuses it."""
    error = ctypes.c_char_p()
    options = libpq.PQconninfoParse(text, ctypes.byref(error))
    if not options:
        return None
    values, index = {}, 0
    while options[index].keyword:
        if options[index].val is not None:
            values[options[index].keyword.decode()] = options[index].val.hex()
        index += 1
    libpq.PQconninfoFree(options)
    return values


def refuses_to_connect(text):
    """Whether libpq refuses the options, before it has asked any server."""
    connection = libpq.PQconnectdb(text)
    message = libpq.PQerrorMessage(connection).decode(errors="replace")
    asked = message.startswith("connection to server") and "invalid integer" not in message
    bad = libpq.PQstatus(connection) == 1 and not asked
    libpq.PQfinish(connection)
    return bad


answers = []
for case in json.load(sys.stdin):
    text = case["uri"].encode()
    later = refuses_to_connect(text) if case["connect"] else None
    answers.append({"values": parse(text), "refuses_to_connect": later})
json.dump({"version": libpq.PQlibVersion() // 10000, "answers": answers}, sys.stdout)
