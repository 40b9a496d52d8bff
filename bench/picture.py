"""The results as one SVG: starts as bars on a logarithmic scale, throughput below."""
import math
from xml.sax.saxutils import escape

WIDTH, LEFT, RIGHT = 960, 190, 210
ROW, TOP, GAP = 30, 84, 64
OURS, BARE, PEER, NAKED = "#1565c0", "#424242", "#b0bec5", "#90a4ae"
NAMES = {"bare": "posix_spawn", "bare_static": "posix_spawn, static", "warm": "Bailiff, warm",
         "warm_static": "Bailiff, warm, static", "bare_nolibc": "posix_spawn, no libc",
         "warm_nolibc": "Bailiff, warm, no libc", "cold": "Bailiff, cold"}


def text(x, y, words, anchor="start", size=13, fill="#212121", weight="normal"):
    return ('<text x="%.1f" y="%.1f" font-size="%d" text-anchor="%s" fill="%s" font-weight="%s">'
            "%s</text>" % (x, y, size, anchor, fill, weight, escape(words)))


def bar(x, y, width, height, fill):
    return '<rect x="%.1f" y="%.1f" width="%.1f" height="%.1f" rx="2" fill="%s"/>' % (
        x, y, max(width, 1), height, fill)


def line(x1, y1, x2, y2, stroke, width=1.0, dash=""):
    return ('<line x1="%.1f" y1="%.1f" x2="%.1f" y2="%.1f" stroke="%s" stroke-width="%.1f"%s/>' % (
        x1, y1, x2, y2, stroke, width, ' stroke-dasharray="%s"' % dash if dash else ""))


def colour(name):
    if name.startswith(("warm", "cold")):
        return OURS
    return BARE if name.startswith("bare") else PEER


def duration(us):
    return "%.0f µs" % us if us < 1000 else "%.2g ms" % (us / 1000) if us < 10000 \
        else "%.0f ms" % (us / 1000)


def ticks(low, high):
    """1, 2 and 5 of each power of ten between both."""
    decades = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    return [step * 10.0 ** d for d in decades for step in (1, 2, 5) if low <= step * 10.0 ** d <= high]


def spawn_panel(spawn, top):
    """Bars to the median, a thin line on to p99. Returns its elements and its lower edge."""
    rows = sorted(spawn.items(), key=lambda item: item[1]["p50_us"])
    low = min(row["p50_us"] for _, row in rows) / 2
    high = max(row["p99_us"] for _, row in rows) * 1.1
    span = WIDTH - LEFT - RIGHT
    bottom = top + ROW * len(rows)

    def at(us):
        return LEFT + span * math.log(us / low) / math.log(high / low)

    parts = [text(24, top - 36, "One run, from the order to its result", size=16, weight="bold"),
             text(24, top - 16, "bar: median · line: to p99 · logarithmic · × a plain spawn of the "
                  "same program, interleaved", size=12, fill="#616161")]
    for tick in ticks(low, high):
        parts += [line(at(tick), top, at(tick), bottom, "#eceff1"),
                  text(at(tick), bottom + 16, duration(tick), "middle", 11, "#757575")]
    parts.append(line(at(spawn["bare"]["p50_us"]), top, at(spawn["bare"]["p50_us"]), bottom, BARE,
                      1, "4 3"))
    for i, (name, row) in enumerate(rows):
        y = top + ROW * i
        ours = colour(name) == OURS
        parts += [
            text(LEFT - 10, y + 20, NAMES.get(name, name), "end",
                 weight="bold" if ours else "normal"),
            bar(LEFT, y + 6, at(row["p50_us"]) - LEFT, ROW - 12, colour(name)),
            line(at(row["p50_us"]), y + ROW / 2, at(row["p99_us"]), y + ROW / 2, "#546e7a", 1.5),
            text(at(row["p99_us"]) + 8, y + 20, "%.2f × · %s" % (
                row["ratio_p50"], duration(row["p50_us"])), weight="bold" if ours else "normal")]
    return parts, bottom + 20


def throughput_panel(throughput, top):
    """For 1, 2 and 4 at once: plain spawn, naked clones, Bailiff; a linear scale."""
    lanes = (("bare", "posix_spawn", BARE), ("naked", "naked clones, all namespaces", NAKED),
             ("warm", "Bailiff", OURS))
    high = max(throughput["%s_at_%d" % (lane[0], n)] for lane in lanes for n in (1, 2, 4))
    span = WIDTH - LEFT - RIGHT
    parts = [text(24, top, "Runs per second", size=16, weight="bold")]
    y = top + 14
    for n in (1, 2, 4):
        parts.append(text(24, y + 15, "%d at once" % n, fill="#616161"))
        for key, name, fill in lanes:
            rate = throughput["%s_at_%d" % (key, n)]
            words = "%.0f" % rate if key != "warm" else "%.0f · %.2f × spawn · %.2f × naked" % (
                rate, throughput["ratio_at_%d" % n], throughput["ratio_naked_at_%d" % n])
            ours = key == "warm"
            parts += [text(LEFT - 10, y + 15,
                           name.split(",")[0], "end", 12, weight="bold" if ours else "normal"),
                      bar(LEFT, y + 3, span * rate / high, 15, fill),
                      text(LEFT + span * rate / high + 8, y + 15, words, size=12,
                           weight="bold" if ours else "normal")]
            y += 22
        y += 10
    return parts, y


def svg(results):
    machine = results["machine"]
    spawn, edge = spawn_panel(results["spawn"], TOP)
    throughput, edge = throughput_panel(results["throughput"], edge + GAP)
    caption = "%s, %d cores, kernel %s, load %.2f at the start, %s" % (
        machine["cpu"], machine["cores"], machine["kernel"], machine["load_at_start"][0],
        results["when"])
    height = edge + 40
    return "\n".join(
        ['<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %d %d" '
         'font-family="system-ui, sans-serif">' % (WIDTH, height, WIDTH, height),
         '<rect width="100%" height="100%" fill="white"/>']
        + spawn + throughput
        + [text(24, height - 16, caption, size=11, fill="#757575"), "</svg>"]) + "\n"
