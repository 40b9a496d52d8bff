# awk does the arithmetic: the shell has no fractions
read -r n
awk -v n="$n" '{ sum += $1; x = $1 }
    END { printf("%.9f %s\n", sum / n, (x > sum / n) ? "high" : "low") }'
