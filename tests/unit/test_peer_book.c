/* test_peer_book.c - executor/rpc/peer_book.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bailiff/own.h"
#include "executor/rpc/peer_book.h"

enum { ONE = 1, OTHER = 2, BURST = 10, PER_SECOND = 5 };
#define START_NS (1000 * BL_NS_PER_S)
#define INTERVAL_NS (BL_NS_PER_S / PER_SECOND)

static struct bl_peer_book book_of_few(void)
{
    return (struct bl_peer_book){.connections = {.burst = BURST, .per_second = PER_SECOND}};
}

static struct bl_peer_account *open_at_once(struct bl_peer_book *book, uint64_t origin,
                                            uint64_t now_ns)
{
    uint64_t from_ns;
    struct bl_peer_account *account = bl_peer_open(book, origin, now_ns, &from_ns);

    assert_non_null(account);
    assert_true(from_ns <= now_ns);
    return account;
}

static void open_and_close(struct bl_peer_book *book, uint64_t origin, uint64_t now_ns)
{
    bl_peer_close(book, open_at_once(book, origin, now_ns), now_ns);
}

static void peer__that_comes_too_often_waits_and_is_turned_away(void **state)
{
    struct bl_peer_book book = book_of_few();
    struct bl_peer_account *account = NULL;
    uint64_t from_ns = 0;
    unsigned waits = 0;

    (void)state;
    for (int i = 0; i < BURST; i++)
        open_and_close(&book, ONE, START_NS); /* closing does not help */
    while ((account = bl_peer_open(&book, ONE, START_NS, &from_ns)) && from_ns != UINT64_MAX) {
        waits++;
        assert_true(from_ns == START_NS + waits * INTERVAL_NS); /* one behind the other */
        bl_peer_close(&book, account, START_NS);
    }
    assert_int_equal(waits, BL_PEER_WAIT_NS / INTERVAL_NS);
    open_and_close(&book, OTHER, START_NS); /* another peer does not wait */
    open_and_close(&book, ONE, START_NS + (waits + 1) * INTERVAL_NS);
    bl_peer_book_release(&book);
}

static void peer__fault_counts_as_many_connections(void **state)
{
    struct bl_peer_book book = book_of_few();
    struct bl_peer_account *account = open_at_once(&book, ONE, START_NS);
    uint64_t from_ns;

    (void)state;
    bl_peer_blame(&book, account, START_NS);
    (void)bl_peer_open(&book, ONE, START_NS, &from_ns);
    assert_true(from_ns == UINT64_MAX);
    for (int i = 0; i < 1000; i++)
        bl_peer_blame(&book, account, START_NS);
    bl_peer_close(&book, account, START_NS);
    assert_int_equal(book.remembered, 1);
    /* However many there were, it ends. */
    open_and_close(&book, ONE, START_NS + 2 * BL_PEER_WAIT_NS + INTERVAL_NS);
    bl_peer_book_release(&book);
}

static void peer__has_a_share_of_the_time_while_others_have_calls(void **state)
{
    struct bl_peer_book book = book_of_few();
    struct bl_peer_account *one = open_at_once(&book, ONE, START_NS);
    struct bl_peer_account *other = open_at_once(&book, OTHER, START_NS);
    uint64_t now_ns = START_NS, spent_ns = 0, until_ns;

    (void)state;
    bl_peer_busy(&book, one, true);
    for (int i = 0; i < 100; i++)
        assert_true(bl_peer_spend(&book, one, BL_NS_PER_MS, now_ns) == 0); /* it is alone */
    bl_peer_busy(&book, other, true);
    now_ns += BL_NS_PER_S;
    while (now_ns < START_NS + 11 * BL_NS_PER_S) {
        until_ns = bl_peer_spend(&book, one, BL_NS_PER_MS, now_ns);
        assert_true(until_ns <= now_ns + BL_PEER_REST_NS);
        spent_ns += BL_NS_PER_MS;
        now_ns = until_ns > now_ns ? until_ns : now_ns + BL_NS_PER_MS;
    }
    assert_in_range(spent_ns, 10 * BL_NS_PER_S / BL_PEER_SHARE - 100 * BL_NS_PER_MS,
                    10 * BL_NS_PER_S / BL_PEER_SHARE + 100 * BL_NS_PER_MS);
    assert_true(bl_peer_spend(&book, other, BL_NS_PER_MS, now_ns) == 0);
    assert_true(bl_peer_spend(&book, one, UINT64_MAX, now_ns) <= now_ns + BL_PEER_REST_NS);
    bl_peer_busy(&book, other, false);
    assert_true(bl_peer_spend(&book, one, BL_NS_PER_MS, now_ns) == 0);
    bl_peer_busy(&book, one, false);
    bl_peer_close(&book, one, now_ns);
    bl_peer_close(&book, other, now_ns);
    bl_peer_book_release(&book);
}

static void peer__without_connections_is_remembered_until_it_owes_nothing(void **state)
{
    struct bl_peer_book book = book_of_few();

    (void)state;
    open_and_close(&book, ONE, START_NS);
    assert_int_equal(book.remembered, 1);
    open_and_close(&book, OTHER, START_NS + INTERVAL_NS);
    assert_int_equal(book.remembered, 1);
    bl_peer_book_release(&book);
}

/* Whoever owes most is not forgotten for the sake of many who owe little. */
static void peer__book_is_bounded_and_forgets_who_owes_least(void **state)
{
    struct bl_peer_book book = book_of_few();
    uint64_t from_ns;

    (void)state;
    struct bl_peer_account *guilty = open_at_once(&book, ONE, START_NS);
    bl_peer_blame(&book, guilty, START_NS);
    bl_peer_close(&book, guilty, START_NS);
    for (uint64_t other = 0; other < 4 * BL_PEERS_REMEMBERED; other++)
        open_and_close(&book, OTHER + other, START_NS);
    assert_in_range(book.remembered, 1, BL_PEERS_REMEMBERED);
    (void)bl_peer_open(&book, ONE, START_NS, &from_ns);
    assert_true(from_ns == UINT64_MAX);
    bl_peer_book_release(&book);
}

static void peer__without_a_limit_is_never_turned_away(void **state)
{
    struct bl_peer_book book = {0};
    struct bl_peer_account *account = open_at_once(&book, ONE, START_NS);

    (void)state;
    bl_peer_blame(&book, account, START_NS);
    for (int i = 0; i < 10000; i++)
        open_and_close(&book, ONE, START_NS);
    bl_peer_close(&book, account, START_NS);
    bl_peer_book_release(&book);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(peer__that_comes_too_often_waits_and_is_turned_away),
        cmocka_unit_test(peer__fault_counts_as_many_connections),
        cmocka_unit_test(peer__has_a_share_of_the_time_while_others_have_calls),
        cmocka_unit_test(peer__without_connections_is_remembered_until_it_owes_nothing),
        cmocka_unit_test(peer__book_is_bounded_and_forgets_who_owes_least),
        cmocka_unit_test(peer__without_a_limit_is_never_turned_away),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
