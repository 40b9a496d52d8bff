import sys

numbers = [float(x) for x in sys.stdin.read().split()[1:]]
mean = sum(numbers) / len(numbers)
print(mean, "high" if numbers[-1] > mean else "low")
