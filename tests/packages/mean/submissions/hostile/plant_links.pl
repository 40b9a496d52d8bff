# @EXPECTED_RESULTS@: CORRECT
# Perl runs this while it compiles: links and files are planted for whoever comes after. Nothing of
# it may be there when the program runs, or it answers wrong.
BEGIN {
    symlink "/etc/passwd", "/box/program";
    symlink "/app", "/box/data";
    symlink "/", "/tmp/root";
    for my $place ("/app/planted", "/box/planted", "/tmp/planted", "/usr/planted") {
        open my $file, ">", $place or next;
        print $file "1";
        close $file;
    }
}
use strict;
use warnings;

my $seen = 0;
if (!$^C) {
    # the BEGIN block ran again in this sandbox: only /app could have been kept
    $seen++ if -e "/app/planted" || -l "/app/program" || -e "/usr/planted";
}
my $n = <STDIN>;
my ($sum, $x) = (0, 0);
for (1 .. $n) {
    $x = <STDIN> + 0;
    $sum += $x;
}
printf "%.9f %s\n", $sum / $n + $seen, $x > $sum / $n ? "high" : "low";
