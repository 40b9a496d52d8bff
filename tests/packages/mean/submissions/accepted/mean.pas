program mean;

var
    n, i: longint;
    x, sum: double;

begin
    read(n);
    sum := 0;
    x := 0;
    for i := 1 to n do
    begin
        read(x);
        sum := sum + x;
    end;
    write(sum / n : 0 : 9, ' ');
    if x > sum / n then
        writeln('high')
    else
        writeln('low');
end.
