/*
 * A disk that can lose its power: LD_PRELOAD this into a process and every change below POWERCUT_DIR is told, in order,
 * to the journal POWERCUT_JOURNAL, together with every fsync. From the journal restore.ts makes what a disk could hold
 * after a power cut at any of its entries. What is written to POWERCUT_ACKS stands in the journal too: it is what the
 * outside world had been told by then. With POWERCUT_AT=N the process dies before the Nth entry, as at a real cut.
 *
 * Nothing is forced to the real disk: only the journal says what is durable. An operation that the shim cannot follow
 * (a shared writable mapping, fallocate, a positioned vector write) ends the process, so that no test passes unseen.
 * SQLite's -shm files are left out: they mean nothing after a power cut.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum { MAX_FD = 4096 };
enum kind { NOTHING = 0, A_FILE, A_DIRECTORY, THE_ACKS };

/* One entry of the journal: this head, then `path` bytes of path (two paths of a rename with a zero between), then `data` bytes. */
struct head {
  uint32_t op;
  uint32_t path;
  uint64_t inode;
  uint64_t offset;
  uint64_t data;
};

static char watched[PATH_MAX];
static char acks[PATH_MAX];
static int journal = -1;
static long cut_at = 0;
static long entries = 0;
static struct {
  enum kind kind;
  uint64_t inode;
} files[MAX_FD];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static int raw_open(const char *path, int flags, int mode) { return (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode); }

__attribute__((noreturn)) static void die(const char *why) {
  dprintf(2, "powercut: %s\n", why);
  abort();
}

static void start(void) {
  static int started = 0;
  if (started) return;
  started = 1;
  const char *directory = getenv("POWERCUT_DIR"), *file = getenv("POWERCUT_JOURNAL"), *told = getenv("POWERCUT_ACKS");
  if (!directory || !file) return;
  if (!realpath(directory, watched)) die("POWERCUT_DIR cannot be resolved");
  if (told) snprintf(acks, sizeof acks, "%s", told);
  if (getenv("POWERCUT_AT")) cut_at = atol(getenv("POWERCUT_AT"));
  journal = raw_open(file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (journal < 0) die("POWERCUT_JOURNAL cannot be opened");
}

/* Whether this path is the watched folder or right inside it; gives it in full. */
static enum kind kind_of(const char *path, char *full) {
  char folder[PATH_MAX], resolved[PATH_MAX];
  start();
  if (journal < 0 || !path) return NOTHING;
  if (acks[0] && strcmp(path, acks) == 0) return THE_ACKS;
  if (strlen(path) >= PATH_MAX) return NOTHING;
  strcpy(folder, path);
  char *slash = strrchr(folder, '/');
  const char *name = slash ? slash + 1 : path;
  if (slash) *slash = 0;
  if (realpath(slash ? (folder[0] ? folder : "/") : ".", resolved) && strcmp(resolved, watched) == 0 && name[0]) {
    size_t length = strlen(name);
    if (length > 4 && strcmp(name + length - 4, "-shm") == 0) return NOTHING;
    snprintf(full, PATH_MAX, "%s", name);
    return A_FILE;
  }
  if (realpath(path, resolved) && strcmp(resolved, watched) == 0) return A_DIRECTORY;
  return NOTHING;
}

/* The lock is held. The process may be cut off before an entry, never between an operation and its entry. */
static void tell(char op, const char *path, size_t path_length, uint64_t inode, uint64_t offset, const void *data, uint64_t length) {
  struct head head = {(uint32_t)op, (uint32_t)path_length, inode, offset, data ? length : 0};
  struct iovec parts[3] = {{&head, sizeof head}, {(void *)path, path_length}, {(void *)data, data ? length : 0}};
  ssize_t all = (ssize_t)(sizeof head + path_length + (data ? length : 0));
  if (syscall(SYS_writev, journal, parts, 3) != all) die("the journal cannot be written");
}

static void before_entry(void) {
  if (cut_at > 0 && ++entries >= cut_at) {
    syscall(SYS_kill, getpid(), SIGKILL);
    for (;;) pause();
  }
}

static enum kind kind_of_fd(int fd) { return fd >= 0 && fd < MAX_FD ? files[fd].kind : NOTHING; }

static int opened(int at, const char *path, int flags, int mode) {
  char name[PATH_MAX];
  enum kind kind = at == AT_FDCWD || (path && path[0] == '/') ? kind_of(path, name) : NOTHING;
  if (kind == NOTHING) {
    int other = (int)syscall(SYS_openat, at, path, flags, mode);
    if (other >= 0 && other < MAX_FD) files[other].kind = NOTHING;
    return other;
  }
  pthread_mutex_lock(&lock);
  struct stat was, is;
  int existed = stat(path, &was) == 0;
  if (kind == A_FILE && !existed && (flags & O_CREAT)) before_entry();
  int fd = (int)syscall(SYS_openat, at, path, flags, mode);
  int error = errno;
  if (fd >= MAX_FD) die("too many open files");
  if (fd >= 0) {
    if (fstat(fd, &is) != 0) die("a file cannot be looked at");
    files[fd].kind = kind;
    files[fd].inode = is.st_ino;
    if (kind == A_FILE) tell(existed ? 'O' : 'C', name, strlen(name), is.st_ino, 0, NULL, 0);
    if (kind == A_FILE && existed && (flags & O_TRUNC)) tell('T', "", 0, is.st_ino, 0, NULL, 0);
  }
  pthread_mutex_unlock(&lock);
  errno = error;
  return fd;
}

static int mode_of(int flags, va_list list) { return (flags & O_CREAT) || (flags & O_TMPFILE) == O_TMPFILE ? va_arg(list, int) : 0; }
#define OPEN(name, extra)                    \
  int name(const char *path, int flags, ...) { \
    va_list list;                            \
    va_start(list, flags);                   \
    int mode = mode_of(flags, list);         \
    va_end(list);                            \
    return opened(AT_FDCWD, path, flags | (extra), mode); \
  }
OPEN(open, 0)
OPEN(open64, O_LARGEFILE)
#define OPENAT(name, extra)                          \
  int name(int at, const char *path, int flags, ...) { \
    va_list list;                                    \
    va_start(list, flags);                           \
    int mode = mode_of(flags, list);                 \
    va_end(list);                                    \
    return opened(at, path, flags | (extra), mode);  \
  }
OPENAT(openat, 0)
OPENAT(openat64, O_LARGEFILE)
int __open_2(const char *path, int flags) { return opened(AT_FDCWD, path, flags, 0); }
int __open64_2(const char *path, int flags) { return opened(AT_FDCWD, path, flags | O_LARGEFILE, 0); }
int creat(const char *path, mode_t mode) { return opened(AT_FDCWD, path, O_CREAT | O_WRONLY | O_TRUNC, (int)mode); }
int creat64(const char *path, mode_t mode) { return opened(AT_FDCWD, path, O_CREAT | O_WRONLY | O_TRUNC | O_LARGEFILE, (int)mode); }

int close(int fd) {
  if (fd >= 0 && fd < MAX_FD) files[fd].kind = NOTHING;
  return (int)syscall(SYS_close, fd);
}

/* `offset` is negative where the file's own place counts. */
static ssize_t written(int fd, const void *bytes, size_t length, off_t offset) {
  enum kind kind = kind_of_fd(fd);
  if (kind != NOTHING) {
    pthread_mutex_lock(&lock);
    before_entry();
  }
  ssize_t done = offset < 0 ? syscall(SYS_write, fd, bytes, length) : syscall(SYS_pwrite64, fd, bytes, length, offset);
  int error = errno;
  if (kind != NOTHING) {
    if (done > 0) {
      uint64_t place = offset < 0 ? (uint64_t)(syscall(SYS_lseek, fd, 0, SEEK_CUR) - done) : (uint64_t)offset;
      tell(kind == THE_ACKS ? 'A' : 'W', "", 0, files[fd].inode, place, bytes, (uint64_t)done);
    }
    pthread_mutex_unlock(&lock);
  }
  errno = error;
  return done;
}
ssize_t write(int fd, const void *bytes, size_t length) { return written(fd, bytes, length, -1); }
ssize_t pwrite(int fd, const void *bytes, size_t length, off_t offset) { return written(fd, bytes, length, offset); }
ssize_t pwrite64(int fd, const void *bytes, size_t length, off64_t offset) { return written(fd, bytes, length, offset); }

ssize_t writev(int fd, const struct iovec *parts, int count) {
  if (kind_of_fd(fd) == NOTHING) return syscall(SYS_writev, fd, parts, count);
  ssize_t all = 0;
  for (int i = 0; i < count; i++) {
    ssize_t done = written(fd, parts[i].iov_base, parts[i].iov_len, -1);
    if (done < 0) return all > 0 ? all : done;
    all += done;
    if ((size_t)done < parts[i].iov_len) break;
  }
  return all;
}
static ssize_t vector_written(int fd, const struct iovec *parts, int count, off_t offset) {
  if (kind_of_fd(fd) != NOTHING) die("pwritev is not followed");
  return syscall(SYS_pwritev, fd, parts, count, (long)offset, 0L);
}
ssize_t pwritev(int fd, const struct iovec *parts, int count, off_t offset) { return vector_written(fd, parts, count, offset); }
ssize_t pwritev64(int fd, const struct iovec *parts, int count, off64_t offset) { return vector_written(fd, parts, count, offset); }

static int resized(int fd, off_t size) {
  if (kind_of_fd(fd) != A_FILE) return (int)syscall(SYS_ftruncate, fd, size);
  pthread_mutex_lock(&lock);
  before_entry();
  int result = (int)syscall(SYS_ftruncate, fd, size);
  int error = errno;
  if (result == 0) tell('T', "", 0, files[fd].inode, (uint64_t)size, NULL, 0);
  pthread_mutex_unlock(&lock);
  errno = error;
  return result;
}
int ftruncate(int fd, off_t size) { return resized(fd, size); }
int ftruncate64(int fd, off64_t size) { return resized(fd, size); }

static int synced(int fd, long number) {
  enum kind kind = kind_of_fd(fd);
  if (kind == NOTHING || kind == THE_ACKS) return (int)syscall(number, fd);
  pthread_mutex_lock(&lock);
  before_entry();
  tell(kind == A_DIRECTORY ? 'D' : 'S', "", 0, files[fd].inode, 0, NULL, 0);
  pthread_mutex_unlock(&lock);
  return 0;
}
int fsync(int fd) { return synced(fd, SYS_fsync); }
int fdatasync(int fd) { return synced(fd, SYS_fdatasync); }

int unlink(const char *path) {
  char name[PATH_MAX];
  if (kind_of(path, name) != A_FILE) return (int)syscall(SYS_unlink, path);
  pthread_mutex_lock(&lock);
  before_entry();
  int result = (int)syscall(SYS_unlink, path);
  int error = errno;
  if (result == 0) tell('U', name, strlen(name), 0, 0, NULL, 0);
  pthread_mutex_unlock(&lock);
  errno = error;
  return result;
}

int rename(const char *from, const char *to) {
  char names[2 * PATH_MAX], other[PATH_MAX];
  enum kind of_from = kind_of(from, names), of_to = kind_of(to, other);
  if (of_from != A_FILE && of_to != A_FILE) return (int)syscall(SYS_rename, from, to);
  if (of_from != of_to) die("a rename into or out of the watched folder is not followed");
  pthread_mutex_lock(&lock);
  before_entry();
  int result = (int)syscall(SYS_rename, from, to);
  int error = errno;
  size_t first = strlen(names);
  strcpy(names + first + 1, other);
  if (result == 0) tell('R', names, first + 1 + strlen(other), 0, 0, NULL, 0);
  pthread_mutex_unlock(&lock);
  errno = error;
  return result;
}

static void *mapped(void *address, size_t length, int protection, int flags, int fd, off_t offset) {
  if (kind_of_fd(fd) == A_FILE && (flags & MAP_SHARED) && (protection & PROT_WRITE)) die("a shared writable mapping is not followed");
  return (void *)syscall(SYS_mmap, address, length, protection, flags, fd, offset);
}
void *mmap(void *address, size_t length, int protection, int flags, int fd, off_t offset) {
  return mapped(address, length, protection, flags, fd, offset);
}
void *mmap64(void *address, size_t length, int protection, int flags, int fd, off64_t offset) {
  return mapped(address, length, protection, flags, fd, offset);
}

static int allocated(int fd, int mode, off_t offset, off_t length) {
  if (kind_of_fd(fd) == A_FILE) die("fallocate is not followed");
  return (int)syscall(SYS_fallocate, fd, mode, offset, length);
}
int fallocate(int fd, int mode, off_t offset, off_t length) { return allocated(fd, mode, offset, length); }
int fallocate64(int fd, int mode, off64_t offset, off64_t length) { return allocated(fd, mode, offset, length); }
