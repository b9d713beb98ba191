#include "cluster/process.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <system_error>

#include "wire/check.h"

namespace trunkline::cluster {
namespace {

// Runs in the child between fork and exec: only async-signal-safe calls.
void become(const Spawn& spawn, char* const* arguments, char* const* environment, pid_t parent,
            int report) {
  if (spawn.own_group) ::setpgid(0, 0);
  ::prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (::getppid() != parent) ::_exit(1);  // it died before prctl
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  const int null = ::open("/dev/null", O_RDWR);
  ::dup2(null, STDIN_FILENO);
  if (!spawn.log.empty()) {
    const int log = ::open(spawn.log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
    if (log >= 0) {
      ::dup2(log, STDERR_FILENO);
      if (spawn.output < 0) ::dup2(log, STDOUT_FILENO);
    }
  }
  if (spawn.output >= 0) ::dup2(spawn.output, STDOUT_FILENO);
  ::execvpe(arguments[0], arguments, environment);
  const int error = errno;
  (void)!::write(report, &error, sizeof error);
  ::_exit(127);
}

}  // namespace

Process::Process(const Spawn& spawn) {
  std::vector<char*> arguments;
  for (const std::string& argument : spawn.arguments) {
    arguments.push_back(const_cast<char*>(argument.c_str()));
  }
  arguments.push_back(nullptr);
  std::vector<char*> environment;
  for (const std::string& entry : spawn.environment) {
    environment.push_back(const_cast<char*>(entry.c_str()));
  }
  for (char** entry = environ; *entry != nullptr; ++entry) environment.push_back(*entry);
  environment.push_back(nullptr);

  int report[2];
  if (::pipe2(report, O_CLOEXEC) != 0)
    throw std::system_error(errno, std::generic_category(), "pipe");
  const pid_t parent = ::getpid();
  pid_ = ::fork();
  if (pid_ < 0) throw std::system_error(errno, std::generic_category(), "fork");
  if (pid_ == 0) become(spawn, arguments.data(), environment.data(), parent, report[1]);
  ::close(report[1]);
  int error = 0;
  const ssize_t told = ::read(report[0], &error, sizeof error);
  ::close(report[0]);
  if (told == sizeof error) {
    ::waitpid(pid_, nullptr, 0);
    pid_ = -1;
    throw std::system_error(error, std::generic_category(), "cannot start " + spawn.arguments[0]);
  }
}

bool Process::ended() {
  if (pid_ <= 0 || status_) return true;
  int status = 0;
  if (::waitpid(pid_, &status, WNOHANG) != pid_) return false;
  status_ = status;
  return true;
}

int Process::exit_status() const {
  TRUNKLINE_CHECK(status_.has_value(), "only a process that has ended has an exit status");
  return WIFEXITED(*status_) ? WEXITSTATUS(*status_) : 128 + WTERMSIG(*status_);
}

int Process::killed_by() const {
  TRUNKLINE_CHECK(status_.has_value(), "only a process that has ended was killed");
  return WIFSIGNALED(*status_) ? WTERMSIG(*status_) : 0;
}

void Process::signal(int number) const {
  if (running()) ::kill(pid_, number);
}

bool is_program(pid_t pid, const std::string& program) {
  std::error_code bad;
  auto file = std::filesystem::read_symlink("/proc/" + std::to_string(pid) + "/exe", bad);
  return !bad && file.filename().string().starts_with(program);
}

bool has_argument(pid_t pid, const std::string& argument) {
  std::ifstream in("/proc/" + std::to_string(pid) + "/cmdline", std::ios::binary);
  for (std::string one; std::getline(in, one, '\0');) {
    if (one == argument) return true;
  }
  return false;
}

std::vector<pid_t> processes_of(const std::string& program,
                                const std::vector<std::string>& arguments) {
  std::vector<pid_t> found;
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    const std::string name = entry.path().filename();
    pid_t pid = 0;
    const auto [end, bad] = std::from_chars(name.data(), name.data() + name.size(), pid);
    if (bad != std::errc{} || end != name.data() + name.size()) continue;
    if (is_program(pid, program) &&
        std::all_of(arguments.begin(), arguments.end(),
                    [&](const std::string& one) { return has_argument(pid, one); })) {
      found.push_back(pid);
    }
  }
  return found;
}

}  // namespace trunkline::cluster
