# Waits for the judge, which waits for the first guess: only the wall clock moves.
print(input())
