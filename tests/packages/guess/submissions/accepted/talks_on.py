# Goes on writing when the judge has already accepted and ended: that is not held against it.
low, high = 1, 1000
answer = ""
while answer != "right":
    guess = (low + high) // 2
    print(guess, flush=True)
    answer = input()
    if answer == "higher":
        low = guess + 1
    else:
        high = guess - 1
print("thank you", flush=True)
print("goodbye", flush=True)
