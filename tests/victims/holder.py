# holder.py HEAP LIBRARY: what holder does, in Python, with the jemalloc of a library that it loads as it
# loads an extension.
import ctypes
import sys
import threading

name = sys.argv[1]
library = ctypes.CDLL(sys.argv[2])


def find(what, kind):
    function = getattr(library, f"{what}_{name}")
    function.restype = kind
    return function


hold = find("hold", ctypes.c_size_t)
release = find("release", None)
figures = find("figures", ctypes.c_char_p)


def run(command):
    if command == "hold":
        held = []
        thread = threading.Thread(target=lambda: held.append(hold()))
        thread.start()
        thread.join()
        return f"held {held[0]}"
    if command == "release":
        release()
        return "released"
    return figures().decode()


print("ready", flush=True)
for line in sys.stdin:
    print(run(line.split()[0]), flush=True)
