/* Makes a program's disk slow: reads and syncs take longer by what a shared file says, in microseconds.
 * Preloaded (LD_PRELOAD) into PostgreSQL. The file is mapped once in each process; two unsigned 32-bit numbers. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

static volatile uint32_t none[2];
static volatile uint32_t *delays = none;

__attribute__((constructor)) static void open_delays(void) {
    const char *path = getenv("PLIMSOLL_SLOW_DISK");
    int fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    if (fd < 0) return;
    void *mapped = mmap(NULL, sizeof none, PROT_READ, MAP_SHARED, fd, 0);
    if (mapped != MAP_FAILED) delays = mapped;
    close(fd);
}

static void wait_for(int which) {
    uint32_t us = delays[which];
    if (!us) return;
    struct timespec left = {us / 1000000, (us % 1000000) * 1000L};
    while (nanosleep(&left, &left)) {}
}

#define PASS_ON(result, name, which, parameters, arguments) \
    result name parameters { \
        static result (*real) parameters; \
        if (!real) real = dlsym(RTLD_NEXT, #name); \
        wait_for(which); \
        return real arguments; \
    }

PASS_ON(ssize_t, pread, 0, (int fd, void *into, size_t size, off_t at), (fd, into, size, at))
PASS_ON(ssize_t, pread64, 0, (int fd, void *into, size_t size, off64_t at), (fd, into, size, at))
PASS_ON(ssize_t, preadv, 0, (int fd, const struct iovec *into, int count, off_t at), (fd, into, count, at))
PASS_ON(ssize_t, preadv64, 0, (int fd, const struct iovec *into, int count, off64_t at), (fd, into, count, at))
PASS_ON(int, fsync, 1, (int fd), (fd))
PASS_ON(int, fdatasync, 1, (int fd), (fd))
