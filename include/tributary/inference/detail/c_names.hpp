// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace tributary::inline v0_1::detail {

/// Whether a header of C or POSIX may declare this name globally, or define it as a macro.
/// Functions of float and long double end with f and l, types with _t. The list is that of glibc.
inline bool is_name_of_c(const std::string& name) {
  static constexpr std::string_view words =
      " a64l abort abs accept accept4 access acct acos acosh adjtime alarm aligned_alloc"
      " alloca alphasort arc4random asctime asin asinh asprintf assert at_quick_exit atan"
      " atan2 atanh atexit atof atoi atol basename bcmp bcopy be16toh be32toh be64toh bind"
      " bindresvport bindresvport6 brk bsearch btowc bzero c16rtomb c32rtomb c8rtomb cabs"
      " cacos cacosh call_once calloc canonicalize carg casin casinh catan catanh cbrt ccos"
      " ccosh ceil cexp chdir chmod chown chroot cimag clearenv clearerr clock clog clog10"
      " clone close closedir closefrom cmsghdr complex confstr conj connect copysign cos cosh"
      " cpow cproj creal creat crypt csin csinh csqrt ctan ctanh ctermid ctime cuserid dadd"
      " daemon daylight ddiv dfma difftime dirent dirfd dirname div dladdr dladdr1 dlclose"
      " dlerror dlinfo dlmopen dlopen dlsym dlvsym dmul dprintf drand48 drem dsqrt dsub dup"
      " dup2 dup3 duplocale dysize eaccess ecvt endusershell environ erand48 erf erfc errno"
      " euidaccess execl execle execlp execv execve execveat execvp execvpe exit exp exp10"
      " exp2 expm1 fabs faccessat fadd fallocate fchdir fchmod fchmodat fchown fchownat fclose"
      " fcloseall fcntl fcvt fd_set fdatasync fdim fdiv fdopen fdopendir feclearexcept"
      " fedisableexcept feenableexcept fegetenv fegetexcept fegetexceptflag fegetmode"
      " fegetround feholdexcept feof feraiseexcept ferror fesetenv fesetexcept fesetexceptflag"
      " fesetmode fesetround fetestexcept fetestexceptflag feupdateenv fexecve fflush ffma ffs"
      " fgetc fgetpos fgets fgetwc fgetws fileno finite flock flockfile floor fma fmax"
      " fmaximum fmaxmag fmemopen fmin fminimum fminmag fmod fmul fopen fopencookie fork"
      " fpathconf fpclassify fprintf fputc fputs fputwc fputws fread free freelocale freopen"
      " frexp fromfp fromfpx fscanf fseek fseeko fsetpos fsqrt fstat fstatat fsub fsync ftell"
      " ftello ftruncate ftrylockfile funlockfile futimens futimes futimesat fwide fwprintf"
      " fwrite fwscanf gamma gcvt get_current_dir_name getc getchar getcpu getcwd getdate"
      " getdelim getdirentries getdomainname getdtablesize getegid getentropy getenv geteuid"
      " getgid getgroups gethostid gethostname getipv4sourcefilter getitimer getline"
      " getloadavg getlogin getopt getopt_long getpagesize getpass getpayload getpeername"
      " getpgid getpgrp getpid getppid getpt getresgid getresuid getsid getsockname getsockopt"
      " getsourcefilter getsubopt gettid gettimeofday getuid getumask getusershell getw getwc"
      " getwchar getwd gmtime grantpt gsignal htobe16 htobe32 htole16 htole32 htonl htons"
      " hypot ilogb imaxabs imaxdiv in_addr index initstate iovec isalnum isalpha isascii"
      " isatty isblank iscanonical iscntrl isctype isdigit iseqsig isfdtype isfinite isgraph"
      " isgreater isgreaterequal isinf isless islessequal islessgreater islower isnan isnormal"
      " isprint ispunct issignaling isspace issubnormal isunordered isupper iswalnum iswalpha"
      " iswblank iswcntrl iswctype iswdigit iswgraph iswlower iswprint iswpunct iswspace"
      " iswupper iswxdigit isxdigit iszero itimerspec itimerval j0 j1 jmp_buf jn jrand48 kill"
      " killpg l64a labs lchmod lchown lcong48 lconv ldexp ldiv le16toh le32toh le64toh lgamma"
      " linger link linkat linux listen llabs lldiv llogb llrint llround localeconv localtime"
      " lockf log log10 log1p log2 logb longjmp lrand48 lrint lround lseek lstat lutimes"
      " madvise main major makedev malloc math_errhandling mblen mbrlen mbrtoc16 mbrtoc32"
      " mbrtoc8 mbrtowc mbsinit mbsnrtowcs mbsrtowcs mbstowcs mbtowc memccpy memchr memcmp"
      " memcpy memfrob memmem memmove memory_order mempcpy memrchr memset mincore minor mkdir"
      " mkdirat mkdtemp mkfifo mkfifoat mknod mknodat mkostemp mkostemps mkstemp mkstemps"
      " mktemp mktime mlock mlock2 mlockall mmap mmsghdr modf mprotect mrand48 mremap msghdr"
      " msync munlock munlockall munmap nan nanosleep nearbyint newlocale nextafter nextdown"
      " nexttoward nextup nice no_argument noreturn nrand48 ntohl ntohs obstack offsetof"
      " on_exit once_flag open openat opendir optarg opterr optind option optional_argument"
      " optopt osockaddr pathconf pause pclose perror pipe pipe2 poll pollfd popen pow ppoll"
      " pread printf profil pselect psiginfo psignal ptsname putc putchar putenv puts putw"
      " putwc putwchar pwrite qecvt qfcvt qgcvt qsort quick_exit raise rand random rawmemchr"
      " read readahead readdir readlink readlinkat realloc reallocarray realpath recv recvfrom"
      " recvmmsg recvmsg remainder remove remquo rename renameat renameat2 required_argument"
      " revoke rewind rewinddir rindex rint rmdir round roundeven rpmatch rusage sbrk scalb"
      " scalbln scalbn scandir scandirat scanf secure_getenv seed48 seekdir select send"
      " sendmmsg sendmsg sendto setbuf setbuffer setdomainname setegid setenv seteuid setgid"
      " sethostid sethostname setipv4sourcefilter setitimer setjmp setlinebuf setlocale"
      " setlogin setns setpayload setpayloadsig setpgid setpgrp setregid setresgid setresuid"
      " setreuid setsid setsockopt setsourcefilter setstate settimeofday setuid setusershell"
      " setvbuf shutdown sigaction sigaddset sigaltstack sigandset sigblock sigcontext"
      " sigdelset sigemptyset sigevent sigfillset siggetmask sighold sigignore siginterrupt"
      " sigisemptyset sigismember siglongjmp sigmask signal signbit signgam significand"
      " sigorset sigpause sigpending sigprocmask sigqueue sigrelse sigreturn sigset sigsetjmp"
      " sigsetmask sigstack sigsuspend sigtimedwait sigval sigwait sigwaitinfo sin sincos sinh"
      " sleep snprintf sockaddr sockatmark socket socketpair splice sprintf sqrt srand srand48"
      " srandom sscanf ssignal stat statx stderr stdin stdout stpcpy stpncpy strcasecmp"
      " strcasestr strcat strchr strchrnul strcmp strcoll strcpy strcspn strdup strdupa"
      " strerror strfromd strfromf strfroml strfry strftime strlen strncasecmp strncat strncmp"
      " strncpy strndup strndupa strnlen strpbrk strptime strrchr strsep strsignal strspn"
      " strstr strtod strtof strtoimax strtok strtol strtold strtoq strtoul strtoumax strtouq"
      " strverscmp strxfrm swab swprintf swscanf symlink symlinkat sync syncfs syscall sysconf"
      " system tan tanh tcgetpgrp tcsetpgrp tee telldir tempnam tgamma tgkill time timegm"
      " timelocal timer timeradd timerclear timercmp timerisset timersub timespec timeval"
      " timex timezone tm tmpfile tmpnam toascii tolower totalorder totalordermag toupper"
      " towctrans towlower towupper trunc truncate ttyname ttyslot tzname tzset u_char u_int"
      " u_long u_short ualarm ucred ufromfp ufromfpx uint ulong umask ungetc ungetwc unix"
      " unlink unlinkat unlockpt unsetenv unshare uselocale ushort usleep utimensat utimes"
      " valloc vasprintf vdprintf versionsort vfork vfprintf vfscanf vfwprintf vfwscanf"
      " vhangup vmsplice vprintf vscanf vsnprintf vsprintf vsscanf vswprintf vswscanf vwprintf"
      " vwscanf wait wait3 wait4 waitid waitpid wcpcpy wcpncpy wcrtomb wcscasecmp wcscat"
      " wcschr wcschrnul wcscmp wcscoll wcscpy wcscspn wcsdup wcsftime wcslen wcsncasecmp"
      " wcsncat wcsncmp wcsncpy wcsnlen wcsnrtombs wcspbrk wcsrchr wcsrtombs wcsspn wcsstr"
      " wcstod wcstof wcstoimax wcstok wcstol wcstold wcstombs wcstoq wcstoul wcstoumax"
      " wcstouq wcswcs wcswidth wcsxfrm wctob wctomb wctrans wctype wcwidth wmemchr wmemcmp"
      " wmemcpy wmemmove wmempcpy wmemset wprintf write wscanf y0 y1 yn ";
  const auto known = [](const std::string& word) {
    return words.find(' ' + word + ' ') != words.npos;
  };
  for (const char* prefix : {"atomic_", "clock_", "cnd_", "inet_", "mtx_", "posix_", "pthread_",
                             "sched_", "sem_", "shm_", "thrd_", "timer_", "tss_", "va_"})
    if (name.starts_with(prefix)) return true;
  for (const char* suffix : {"f", "l", "_l", "_r", "_unlocked"})
    if (name.ends_with(suffix) &&
        known(name.substr(0, name.size() - std::string_view{suffix}.size())))
      return true;
  return name.ends_with("_t") || known(name);
}

}  // namespace tributary::inline v0_1::detail
