"""Opens an .ora file as MyPaint does, saves it again, and prints the layers it found as JSON.

Run by the system's Python, which has MyPaint's own modules; `--probe` only looks for them.
"""

import json
import sys

sys.path.insert(0, "/usr/lib/mypaint")
import lib.gibindings  # noqa: F401 - chooses the versions of what the next one imports
from lib.document import Document

if sys.argv[1] != "--probe":
    document = Document(painting_only=True)
    document.load(sys.argv[1])
    layers = [
        {"name": layer.name, "opacity": layer.opacity, "visible": layer.visible}
        for _, layer in document.layer_stack.walk()
    ]
    document.save(sys.argv[2])
    print(json.dumps({"frame": list(document.get_frame()), "layers": layers}))
    document.cleanup()
