#pragma once

#include <string>
#include <string_view>

namespace tributary::detail {

/// Whether a header of C or of POSIX may declare this name, or define it as a macro, outside of any
/// namespace; functions of float and long double end with f and l, types with _t.
inline bool is_name_of_c(const std::string& name) {
  static constexpr std::string_view words =
      " abort abs accept access acos acosh alarm alloca asctime asin asinh assert atan atan2"
      " atanh atexit atof atoi atol basename bcmp bcopy bind brk bsearch btowc bzero calloc cbrt"
      " ceil chdir chown chroot clearenv clearerr clock clone close closefrom confstr connect"
      " copysign cos cosh creat crypt ctime cuserid daemon daylight difftime div drem dup dup2"
      " dup3 duplocale environ erf erfc errno exit exp exp10 exp2 expm1 fabs fchdir fchown"
      " fclose fcloseall fcvt fdatasync fdim fdopen fflush ffs fgetc fgets fileno finite"
      " flockfile floor fma fmax fmin fmod fopen fork fpathconf fprintf fputc fputs fread free"
      " freopen frexp fscanf fseek fsync ftell ftello fwide fwrite gamma gcvt getc getchar"
      " getenv getline getpid gmtime gsignal hypot ilogb imaxabs imaxdiv index initstate isalnum"
      " isalpha isascii isatty isblank iscntrl isdigit isfinite isgraph isgreater isinf isless"
      " islower isnan isnormal isprint ispunct isspace isupper isxdigit j0 j1 jn kill labs"
      " lchown lconv ldexp ldiv lgamma link linkat linux listen llabs lldiv llogb llrint llround"
      " localtime lockf log log10 log1p log2 logb longjmp lrint lround lseek main major makedev"
      " malloc mblen mbtowc memchr memcmp memcpy memmove memset minor mkdir mkdtemp mkstemp"
      " mktemp mktime modf nan nanosleep nearbyint newlocale nextafter nextdown nextup nice"
      " obstack offsetof open optarg opterr optind optopt pathconf pause pclose perror pipe"
      " pipe2 poll popen pow pread printf profil pselect putc putchar putenv puts pwrite qsort"
      " raise rand random read readlink realloc realpath recv remainder remove remquo rename"
      " renameat rewind rindex rint rmdir round roundeven sbrk scalb scalbln scalbn scanf select"
      " send setbuf setbuffer setenv setjmp setlocale setvbuf shutdown sigaction signal signbit"
      " signgam significand sin sincos sinh sleep snprintf socket sprintf sqrt srand srandom"
      " sscanf ssignal stat stderr stdin stdout stpcpy stpncpy strcat strchr strcmp strcoll"
      " strcpy strcspn strdup strerror strftime strlen strncat strncmp strncpy strpbrk strrchr"
      " strsignal strspn strstr strtod strtof strtok strtol strtold strtoll strtoul strtoull"
      " strxfrm swab symlink symlinkat sync syscall sysconf system tan tanh tcgetpgrp tcsetpgrp"
      " tempnam tgamma time timer timespec timeval timex timezone tm tmpfile tmpnam toascii"
      " tolower toupper trunc truncate ttyname ttyslot tzname tzset ualarm uint ulong ungetc"
      " ungetwc unix unlink unlinkat unsetenv uselocale ushort usleep valloc vfork wait wcslen"
      " wctomb wmemcpy write y0 y1 yn ";
  const auto known = [](const std::string& word) {
    return words.find(' ' + word + ' ') != words.npos;
  };
  const bool may_be_variant = name.ends_with('f') || name.ends_with('l');
  return name.ends_with("_t") || known(name) ||
         (may_be_variant && known(name.substr(0, name.size() - 1)));
}

}  // namespace tributary::detail
