const words = require("fs").readFileSync(0, "utf8").split(/\s+/).filter((w) => w);
const numbers = words.slice(1).map(Number);
const mean = numbers.reduce((a, b) => a + b, 0) / numbers.length;
console.log(mean, numbers[numbers.length - 1] > mean ? "high" : "low");
