# Too many guesses. What it does when the judge has ended is not looked at any more.
for guess in range(1, 1001):
    print(guess, flush=True)
    if input() == "right":
        break
