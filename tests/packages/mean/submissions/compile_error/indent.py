def mean(numbers):
return sum(numbers)
