# @EXPECTED_RESULTS@: WRONG-ANSWER
# Looks for the answers wherever it may look, and would print them.
import os

for top, folders, files in os.walk("/"):
    if top.startswith(("/proc", "/usr", "/lib", "/app")):
        folders.clear()
        continue
    for name in files:
        if name.endswith(".ans") or "answer" in name:
            try:
                with open(os.path.join(top, name)) as found:
                    print(found.read())
            except OSError:
                pass
for number in range(3, 256):
    try:
        print(os.read(number, 1000).decode())
    except OSError:
        pass
