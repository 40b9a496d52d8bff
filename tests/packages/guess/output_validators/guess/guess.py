# guess INPUT ANSWER FEEDBACK_FOLDER, joined with the program by pipes
import sys


def end(status, why):
    with open(sys.argv[3] + "judgemessage.txt", "w") as message:
        message.write(why + "\n")
    sys.exit(status)


with open(sys.argv[1]) as source:
    secret = int(source.read())
for guesses in range(1, 11):
    line = sys.stdin.readline()
    if not line:
        end(43, "the program ended without the right guess")
    if not line.strip().isdigit():
        end(43, "not a number: " + ascii(line[:40]))
    guess = int(line)
    if guess == secret:
        print("right", flush=True)
        end(42, "%d guesses" % guesses)
    print("higher" if guess < secret else "lower", flush=True)
end(43, "ten guesses were not enough")
