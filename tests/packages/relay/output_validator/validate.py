# validate INPUT ANSWER FEEDBACK_FOLDER < OUTPUT
import os
import sys

input_name, answer_name, feedback = sys.argv[1:4]
journal = feedback + "judgemessage.txt"


def end(status, why):
    with open(journal, "a") as message:
        message.write(why + "\n")
    sys.exit(status)


with open(input_name) as source:
    task = source.readline().strip()
with open(answer_name) as source:
    word = source.read().strip()
output = sys.stdin.read().split()
if len(output) != 1:
    end(43, task + ": one token is expected")
if task == "encode":
    if os.path.exists(journal):
        sys.exit(1)
    if not output[0].isdigit() or len(output[0]) > 100:
        end(43, "encode: not a number of at most 100 digits")
    with open(feedback + "nextpass.in", "w") as next_pass:
        next_pass.write("decode\n%s\n" % output[0])
    end(42, "encode: " + output[0])
if not os.path.exists(journal):
    sys.exit(1)  # the first pass's message was lost
end(42 if output[0] == word else 43, "decode: " + ascii(output[0][:40]))
