/* The fetcher's process as the worker has it: begun, spoken to, begun again, ended. */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "bailiff/own.h"
#include "executor/base/log.h"
#include "executor/server/store_fetch_private.h"
#include "executor/server/store_folder.h"

enum {
    PACKETS_PER_TURN = 64, /* of 16 KiB: what one put may be given in one call */
    END_WAIT_MS = 2000,
};

bool bl_fetcher_order(struct bl_fetcher *fetcher, const struct bl_fetch *fetch, bool is_to_stop)
{
    struct bl_fetch_order order = {.id = fetch->id,
                                   .is_to_stop = is_to_stop,
                                   .time_ns = fetcher->config.time_ns,
                                   .bytes_max = fetcher->config.bytes_max};

    if (!is_to_stop)
        memcpy(order.url, fetch->url.text, sizeof(order.url));
    return fetcher->socket >= 0 && send(fetcher->socket, &order, sizeof(order),
                                        MSG_DONTWAIT | MSG_NOSIGNAL) == (ssize_t)sizeof(order);
}

static void be_gone(struct bl_fetcher *fetcher, const char *why)
{
    bl_log(BL_LOG_ERROR, "the fetcher has ended: nothing is fetched any more",
           bl_log_text("why", why));
    bl_watch_free(&fetcher->watch);
    bl_close_fd(&fetcher->socket); /* it ends, if it has not */
    fetcher->is_up = false;
    bl_fetches_fail(fetcher, true, "the fetcher has ended");
}

/* A new process: what the old one was at is lost. */
static void be_up(struct bl_fetcher *fetcher)
{
    if (fetcher->is_up) {
        bl_log(BL_LOG_WARNING, "the fetcher died, and another one began");
        bl_fetches_fail(fetcher, false, "the fetcher died; it has begun anew");
    }
    fetcher->is_up = true;
    bl_fetches_go_on(fetcher);
}

/* False: nothing more for now, or ever. */
static bool take_packet(struct bl_fetcher *fetcher)
{
    struct bl_fetch_news news;
    ssize_t length = recv(fetcher->socket, &news, sizeof(news), MSG_DONTWAIT);

    if (length < 0 && (errno == EAGAIN || errno == EINTR))
        return false;
    if (length <= 0) {
        be_gone(fetcher, length < 0 ? strerrorname_np(errno) : "it closed its socket");
        return false;
    }
    if ((size_t)length < BL_FETCH_NEWS_HEAD || news.length != (size_t)length - BL_FETCH_NEWS_HEAD) {
        be_gone(fetcher, "it sent what makes no sense");
        return false;
    }
    if (news.kind == BL_FETCH_NEWS_START)
        be_up(fetcher);
    else
        bl_fetch_take_news(fetcher, &news);
    return true;
}

static void on_ready(void *ctx, short what)
{
    struct bl_fetcher *fetcher = ctx;

    (void)what;
    for (int i = 0; i < PACKETS_PER_TURN; i++) {
        if (!take_packet(fetcher))
            return;
    }
}

/* The worker's end among them: whoever kept that would never see its end. */
static void close_others(int keep)
{
    if ((keep > STDERR_FILENO + 1 &&
         close_range(STDERR_FILENO + 1, (unsigned)keep - 1, 0) < 0) || /* kernel 5.9 */
        close_range((unsigned)keep + 1, ~0U, 0) < 0)
        _exit(1);
    (void)close(STDIN_FILENO);
    (void)close(STDOUT_FILENO);
    /* So that no descriptor of libcurl's becomes one of these. */
    if (open("/dev/null", O_RDWR) != STDIN_FILENO || dup(STDIN_FILENO) != STDOUT_FILENO)
        _exit(1);
}

static void die_with(pid_t parent)
{
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != parent) /* it died before */
        _exit(1);
}

static void reset_signals(void)
{
    sigset_t none;

    (void)sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
    (void)signal(SIGPIPE, SIG_IGN);
    (void)signal(SIGCHLD, SIG_DFL);
    (void)signal(SIGINT, SIG_IGN); /* a terminal sends it to all; the worker decides */
}

/* One that dies at once is not begun again at once. */
static void rest(const struct timespec *begun)
{
    struct timespec now, second = {.tv_sec = 1};

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    if (now.tv_sec - begun->tv_sec < 2)
        (void)nanosleep(&second, NULL);
}

/* Begins fetchers, one after the other, until one ends because the worker wants it to. */
static _Noreturn void watch_over(int socket, const struct bl_fetcher_config *config, pid_t worker)
{
    const pid_t me = getpid();

    (void)prctl(PR_SET_NAME, "bailiff-fetch");
    reset_signals();
    close_others(socket);
    if (config->settle && config->settle(config->ctx) != 0)
        _exit(1);
    die_with(worker); /* after the ids have changed, which would undo it */
    if (send(socket, "", 1, MSG_NOSIGNAL) != 1)
        _exit(1);
    for (;;) {
        struct timespec begun;
        int status = 0;
        pid_t child;

        (void)clock_gettime(CLOCK_MONOTONIC, &begun);
        child = fork();
        if (child == 0) {
            die_with(me);
            _exit(bl_fetch_process(socket, config));
        }
        if (child > 0 && waitpid(child, &status, 0) == child && WIFEXITED(status) &&
            WEXITSTATUS(status) == 0)
            _exit(0);
        rest(&begun);
    }
}

static int check_config(const struct bl_fetcher_config *config, struct bl_err *err)
{
    if (bl_url_prefixes_check(config->prefixes, config->prefix_count, err) != 0)
        return -1;
    if (config->prefix_count > 0 && (config->bytes_max == 0 || config->time_ns == 0))
        return bl_fail(err, BL_STEP_FIELD, 0, "the bounds of a fetch: more than 0");
    return 0;
}

static int begin_process(struct bl_fetcher *fetcher, struct bl_err *err)
{
    const pid_t worker = getpid();
    bl_autoclose int theirs = -1;
    int ends[2];
    pid_t child;
    char ready;

    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
        return bl_store_failed(err, errno, "the fetcher's socket");
    fetcher->socket = ends[0];
    theirs = ends[1];
    child = fork();
    if (child == 0)
        watch_over(theirs, &fetcher->config, worker);
    if (child < 0)
        return bl_fail(err, BL_STEP_STORE, errno, "the fetcher's process");
    /* Ours and not waited for: the pid can't be another's. */
    bl_close_fd(&theirs);
    fetcher->pidfd = (int)syscall(SYS_pidfd_open, child, 0);
    if (fetcher->pidfd < 0)
        return bl_fail(err, BL_STEP_STORE, errno, "the fetcher's pidfd"); /* it sees the end */
    if (recv(fetcher->socket, &ready, 1, 0) != 1)
        return bl_fail(err, BL_STEP_STORE, 0, "the fetcher's process could not settle");
    if (bl_watch_new(&fetcher->watch, fetcher->loop, fetcher->socket, on_ready, fetcher, err) != 0)
        return -1;
    return bl_watch_want(fetcher->watch, EV_READ, err);
}

int bl_fetcher_start(struct bl_fetcher **out, struct bl_loop *loop,
                     const struct bl_fetcher_config *config, struct bl_err *err)
{
    struct bl_fetcher *fetcher;

    if (check_config(config, err) != 0)
        return -1;
    fetcher = calloc(1, sizeof(*fetcher));
    if (!fetcher)
        return bl_fail(err, BL_STEP_MEMORY, ENOMEM, "the fetcher");
    *fetcher = (struct bl_fetcher){.loop = loop, .config = *config, .socket = -1, .pidfd = -1};
    if (config->prefix_count > 0 && begin_process(fetcher, err) != 0) {
        bl_fetcher_free(&fetcher);
        return -1;
    }
    *out = fetcher;
    return 0;
}

/* A worker whose filter forbids to signal leaves it to its own end, which is the fetcher's, too. */
static void await_end(int pidfd)
{
    struct pollfd end = {.fd = pidfd, .events = POLLIN};
    siginfo_t ignored;

    if (poll(&end, 1, END_WAIT_MS) == 0 &&
        syscall(SYS_pidfd_send_signal, pidfd, SIGKILL, NULL, 0) != 0)
        return;
    (void)waitid(P_PIDFD, (id_t)pidfd, &ignored, WEXITED);
}

void bl_fetcher_free(struct bl_fetcher **fetcher)
{
    if (!*fetcher)
        return;
    assert((*fetcher)->count == 0);
    bl_watch_free(&(*fetcher)->watch);
    bl_close_fd(&(*fetcher)->socket);
    if ((*fetcher)->pidfd >= 0)
        await_end((*fetcher)->pidfd);
    bl_close_fd(&(*fetcher)->pidfd);
    free(*fetcher);
    *fetcher = NULL;
}
