#include "executor/rpc/peer_book.h"

#include <assert.h>
#include <stdlib.h>

/* What may be spent at once before the share counts: for a message of the largest size, say. */
#define SPENT_BURST_NS (10 * BL_NS_PER_MS)

struct bl_peer_account {
    struct bl_peer_account *next, *previous;
    uint64_t origin;
    unsigned connections, busy; /* busy: of them, with calls */
    /* When all that it owes will have flowed off, as in rate.h. */
    uint64_t connected_ns, spent_ns;
};

static uint64_t later_of(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

static struct bl_peer_account *find(const struct bl_peer_book *book, uint64_t origin)
{
    struct bl_peer_account *account = book->accounts;

    while (account && account->origin != origin)
        account = account->next;
    return account;
}

static uint64_t owes_until_ns(const struct bl_peer_account *account)
{
    return later_of(account->connected_ns, account->spent_ns);
}

static void forget(struct bl_peer_book *book, struct bl_peer_account *account)
{
    *(account->previous ? &account->previous->next : &book->accounts) = account->next;
    if (account->next)
        account->next->previous = account->previous;
    free(account);
}

/* Those that owe nothing any more, and where there are too many the one that owes least. */
static void tidy(struct bl_peer_book *book, uint64_t now_ns)
{
    struct bl_peer_account *least = NULL, *next;

    for (struct bl_peer_account *account = book->accounts; account; account = next) {
        next = account->next;
        if (account->connections > 0)
            continue;
        if (owes_until_ns(account) <= now_ns) {
            forget(book, account);
            book->remembered--;
        } else if (!least || owes_until_ns(account) < owes_until_ns(least)) {
            least = account;
        }
    }
    if (least && book->remembered > BL_PEERS_REMEMBERED) {
        forget(book, least);
        book->remembered--;
    }
}

static struct bl_peer_account *add(struct bl_peer_book *book, uint64_t origin)
{
    struct bl_peer_account *account = calloc(1, sizeof(*account));

    if (!account)
        return NULL;
    account->origin = origin;
    account->next = book->accounts;
    if (account->next)
        account->next->previous = account;
    book->accounts = account;
    return account;
}

static uint64_t interval_ns(const struct bl_peer_book *book)
{
    return BL_NS_PER_S / book->connections.per_second;
}

/* When a new connection may be served; UINT64_MAX: too late to wait for. */
static uint64_t admit(const struct bl_peer_book *book, struct bl_peer_account *account,
                      uint64_t now_ns)
{
    uint64_t full_ns, wait_ns;

    if (book->connections.burst == 0)
        return now_ns;
    full_ns = later_of(account->connected_ns, now_ns) + interval_ns(book);
    wait_ns = full_ns - now_ns;
    wait_ns -= wait_ns < interval_ns(book) * book->connections.burst
                   ? wait_ns
                   : interval_ns(book) * book->connections.burst;
    if (wait_ns > BL_PEER_WAIT_NS)
        return UINT64_MAX;
    account->connected_ns = full_ns;
    return now_ns + wait_ns;
}

struct bl_peer_account *bl_peer_open(struct bl_peer_book *book, uint64_t origin, uint64_t now_ns,
                                     uint64_t *from_ns)
{
    struct bl_peer_account *account = find(book, origin);

    if (!account) {
        tidy(book, now_ns);
        account = add(book, origin);
        if (!account)
            return NULL;
        book->remembered++;
    }
    *from_ns = admit(book, account, now_ns);
    if (*from_ns == UINT64_MAX)
        return account;
    book->remembered -= account->connections++ == 0;
    return account;
}

void bl_peer_close(struct bl_peer_book *book, struct bl_peer_account *account, uint64_t now_ns)
{
    assert(account->connections > 0);
    if (--account->connections > 0)
        return;
    book->remembered++;
    tidy(book, now_ns);
}

/* No more than makes it wait for as long as anybody may: it must come to an end when the faults do.
 */
void bl_peer_blame(struct bl_peer_book *book, struct bl_peer_account *account, uint64_t now_ns)
{
    uint64_t most_ns;

    if (book->connections.burst == 0)
        return;
    most_ns = now_ns + interval_ns(book) * book->connections.burst + 2 * BL_PEER_WAIT_NS;
    account->connected_ns =
        later_of(account->connected_ns, now_ns) + interval_ns(book) * BL_PEER_FAULT;
    if (account->connected_ns > most_ns)
        account->connected_ns = most_ns;
}

void bl_peer_busy(struct bl_peer_book *book, struct bl_peer_account *account, bool is_busy)
{
    if (is_busy)
        book->busy += account->busy++ == 0;
    else
        book->busy -= --account->busy == 0;
}

uint64_t bl_peer_spend(struct bl_peer_book *book, struct bl_peer_account *account, uint64_t took_ns,
                       uint64_t now_ns)
{
    unsigned others = book->busy - (account->busy > 0);
    uint64_t ahead_ns, most_ns = BL_PEER_SHARE * SPENT_BURST_NS + BL_PEER_REST_NS;

    ahead_ns = later_of(account->spent_ns, now_ns) - now_ns;
    if (took_ns < most_ns)
        ahead_ns += took_ns * BL_PEER_SHARE;
    if (took_ns >= most_ns || ahead_ns > most_ns)
        ahead_ns = most_ns;
    account->spent_ns = now_ns + ahead_ns;
    if (others == 0 || ahead_ns <= BL_PEER_SHARE * SPENT_BURST_NS)
        return 0;
    return now_ns + ahead_ns - BL_PEER_SHARE * SPENT_BURST_NS;
}

void bl_peer_book_release(struct bl_peer_book *book)
{
    while (book->accounts)
        forget(book, book->accounts);
    book->remembered = 0;
}
