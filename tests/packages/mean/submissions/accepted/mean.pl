use strict;
use warnings;

my $n = <STDIN>;
my ($sum, $x) = (0, 0);
for (1 .. $n) {
    $x = <STDIN> + 0;
    $sum += $x;
}
printf "%.9f %s\n", $sum / $n, $x > $sum / $n ? "high" : "low";
