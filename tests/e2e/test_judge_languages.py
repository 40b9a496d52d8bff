"""bailiff judge: every language of limits/languages compiles and runs, with no more than its file
says: a word to print, and numbers to read to the end of the input."""

import glob
import os
import unittest

from harness import SLOWNESS
from judge_scene import JudgeTest

LANGUAGES = os.path.join(os.path.dirname(__file__), "..", "..", "limits", "languages")
NO_LANGUAGES = {"script"}
SUM = 499999500000  # of 0 to 999999: beyond 32 bits

# code: (file's name, the word, the sum)
SOURCES = {
    "bash": ("a.sh", "echo hello\n",
             "sum=0\nwhile read -r x; do sum=$((sum + x)); done\necho $sum\n"),
    "c": ("a.c", '#include <stdio.h>\nint main(void) { puts("hello"); }\n',
          "#include <stdio.h>\n"
          "int main(void)\n{\n"
          "    long long x, sum = 0;\n"
          '    while (scanf("%lld", &x) == 1)\n        sum += x;\n'
          '    printf("%lld\\n", sum);\n}\n'),
    "cpp": ("a.cc", '#include <iostream>\nint main() { std::cout << "hello\\n"; }\n',
            "#include <iostream>\n#include <iterator>\n#include <numeric>\n"
            "int main()\n{\n"
            "    std::istream_iterator<long long> numbers(std::cin), end;\n"
            "    std::cout << std::accumulate(numbers, end, 0LL) << std::endl;\n}\n"),
    "go": ("a.go", 'package main\n\nimport "fmt"\n\nfunc main() { fmt.Println("hello") }\n',
           'package main\n\nimport (\n\t"bufio"\n\t"fmt"\n\t"os"\n)\n\nfunc main() {\n'
           "\tin := bufio.NewReader(os.Stdin)\n\tvar x, sum int64\n"
           "\tfor {\n\t\tif _, err := fmt.Fscan(in, &x); err != nil {\n\t\t\tbreak\n\t\t}\n"
           "\t\tsum += x\n\t}\n\tfmt.Println(sum)\n}\n"),
    "java": ("Words.java",
             'class Words {\n    public static void main(String[] a) {'
             ' System.out.println("hello"); }\n}\n',
             "import java.util.stream.*;\nimport java.io.*;\n"
             "class Words {\n    public static void main(String[] a) {\n"
             "        var lines = new BufferedReader(new InputStreamReader(System.in)).lines();\n"
             "        System.out.println(lines.mapToLong(Long::parseLong).sum());\n    }\n}\n"),
    "javascript": ("a.js", 'console.log("hello");\n',
                   'const text = require("fs").readFileSync(0, "utf8");\n'
                   'console.log(text.trim().split("\\n").reduce((sum, x) => sum + Number(x), 0));\n'),
    "pascal": ("a.pas", "begin\n    writeln('hello')\nend.\n",
               "var x, sum: int64;\nbegin\n    sum := 0;\n    while not seekeof do begin\n"
               "        read(x);\n        sum := sum + x\n    end;\n    writeln(sum)\nend.\n"),
    "perl": ("a.pl", 'use strict;\nprint "hello\\n";\n',
             "use strict;\nmy $sum = 0;\n$sum += $_ while <>;\n"
             'print "$sum\\n";\n'),
    "python3": ("a.py", 'print("hello")\n', "import sys\nprint(sum(map(int, sys.stdin)))\n"),
    "rust": ("a.rs", 'fn main() {\n    println!("hello");\n}\n',
             "use std::io::{self, BufRead};\n\nfn main() {\n"
             "    let lines = io::stdin().lock().lines();\n"
             "    let sum: i64 = lines.map(|line| line.unwrap().parse::<i64>().unwrap()).sum();\n"
             '    println!("{}", sum);\n}\n'),
}


class Languages(JudgeTest):
    def test_each_shipped_one_is_tried_here(self):
        shipped = {os.path.basename(path)[:-len(".yaml")]
                   for path in glob.glob(os.path.join(LANGUAGES, "*.yaml"))}
        self.assertEqual(shipped - NO_LANGUAGES, set(SOURCES))

    def judge_all(self, which, given, wanted):
        self.write("p/problem.yaml", "limits: {memory: 256, "
                   f"compilation_time: {60 * SLOWNESS}}}\n")
        self.write("p/.timelimit", str(30 * SLOWNESS))
        self.write("p/data/secret/1.in", given)
        self.write("p/data/secret/1.ans", wanted)
        for code, source in SOURCES.items():
            self.write(f"p/submissions/accepted/{code}/{source[0]}", source[which])
        judged = self.judge("p")["by"]
        for code in SOURCES:
            one = judged[f"accepted/{code}"]
            self.assertEqual((one["language"], one["verdict"]), (code, "AC"),
                             (one["reason"], one["compilation"]))

    def test_a_word_is_printed_in_each(self):
        self.judge_all(1, "", "hello\n")

    def test_numbers_are_read_to_the_end_in_each(self):
        numbers = "".join(f"{x}\n" for x in range(1000000))
        self.judge_all(2, numbers, f"{SUM}\n")


if __name__ == "__main__":
    unittest.main()
