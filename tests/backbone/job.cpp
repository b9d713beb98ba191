#include "tests/backbone/job.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include "backbone/clocks.h"
#include "wire/cluster_file.h"

namespace trunkline::backbone {
namespace {

constexpr std::int64_t kPatienceUs = 20'000'000;

// Of /proc/PID/stat what stands behind the name: state, and so on. Empty: no such process.
std::string status_of(pid_t pid) {
  std::ifstream in("/proc/" + std::to_string(pid) + "/stat");
  const std::string text((std::istreambuf_iterator<char>(in)), {});
  const std::size_t name_end = text.rfind(')');
  return name_end == std::string::npos ? "" : text.substr(name_end + 2);
}

std::vector<std::string> rank_arguments(unsigned ranks, const std::vector<std::string>& more,
                                        const std::string& directory) {
  std::vector<std::string> arguments{"mpirun", "--oversubscribe", "--bind-to", "none", "-np"};
  arguments.insert(arguments.end(), {std::to_string(ranks), programs() + "/trunkline-rank"});
  const auto unless_given = [&](const std::string& option, const std::string& value) {
    if (std::find(more.begin(), more.end(), option) != more.end()) return;
    arguments.insert(arguments.end(), {option, value});
  };
  unless_given("--data", directory + "/data");
  unless_given("--run-dir", directory + "/run");
  unless_given("--profile", "lab");
  unless_given("--store", "memory");
  arguments.insert(arguments.end(), more.begin(), more.end());
  return arguments;
}

}  // namespace

std::string programs() {
  return std::filesystem::read_symlink("/proc/self/exe").parent_path().string();
}

Child::Child(std::vector<std::string> arguments, std::vector<std::string> environment) {
  for (char** variable = environ; *variable != nullptr; ++variable) {
    environment.emplace_back(*variable);
  }
  std::vector<char*> argv, envp;
  for (std::string& argument : arguments) argv.push_back(argument.data());
  for (std::string& variable : environment) envp.push_back(variable.data());
  argv.push_back(nullptr);
  envp.push_back(nullptr);
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  ::posix_spawn_file_actions_adddup2(&actions, ends[1], STDERR_FILENO);
  const int error = ::posix_spawnp(&pid_, argv[0], &actions, nullptr, argv.data(), envp.data());
  ::posix_spawn_file_actions_destroy(&actions);
  ::close(ends[1]);
  pipe_ = ends[0];
  if (error != 0) throw std::runtime_error("cannot start " + arguments[0]);
}

Child::~Child() {
  if (status_ < 0 && ended(0) < 0) {
    signal(SIGTERM);
    if (ended(5'000) < 0) signal(SIGKILL);
    ended(5'000);
  }
  ::close(pipe_);
}

void Child::signal(int number) const {
  ::kill(pid_, number);
}

bool Child::read_more(std::int64_t until_us) {
  const auto left_us = std::max<std::int64_t>(0, until_us - read_clocks().mono_us);
  pollfd wanted{pipe_, POLLIN, 0};
  // Rounded up: whoever sees a time-out may rely on the time being over.
  if (::poll(&wanted, 1, static_cast<int>((left_us + 999) / 1'000)) != 1) return false;
  char room[4096];
  const auto count = ::read(pipe_, room, sizeof room);
  if (count <= 0) return false;
  output_.append(room, static_cast<std::size_t>(count));
  return true;
}

bool Child::said(const std::string& text) {
  const std::int64_t until_us = read_clocks().mono_us + kPatienceUs;
  while (output_.find(text) == std::string::npos) {
    if (!read_more(until_us)) return false;
  }
  return true;
}

int Child::ended(int limit_ms) {
  if (status_ >= 0) return status_;
  const std::int64_t until_us = read_clocks().mono_us + std::int64_t{limit_ms} * 1'000;
  // The last one that holds the pipe closes it: then the process is gone, or about to be.
  while (read_more(until_us)) {
  }
  const bool over = read_clocks().mono_us >= until_us;
  int status = 0;
  if (::waitpid(pid_, &status, over ? WNOHANG : 0) != pid_) return -1;
  status_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return status_;
}

Job::Job(unsigned ranks, std::vector<std::string> more,
         std::shared_ptr<tests::TemporaryDirectory> directory)
    : directory_(directory ? std::move(directory) : std::make_shared<tests::TemporaryDirectory>()),
      child_(rank_arguments(ranks, more, directory_->path()),
             {"OMPI_ALLOW_RUN_AS_ROOT=1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1"}) {}

pid_t Job::rank_pid(unsigned rank) const {
  return static_cast<pid_t>(wire::read_cluster_file(run_directory()).ranks.at(rank).pid);
}

std::int64_t cpu_us(pid_t pid) {
  std::istringstream fields(status_of(pid));
  std::string skipped;
  for (int field = 3; field < 14; ++field) fields >> skipped;
  std::int64_t user = 0, system = 0;
  fields >> user >> system;
  return (user + system) * 1'000'000 / ::sysconf(_SC_CLK_TCK);
}

bool ends(pid_t pid) {
  const auto descriptor = static_cast<int>(::syscall(SYS_pidfd_open, pid, 0));
  if (descriptor < 0) return true;
  pollfd wanted{descriptor, POLLIN, 0};
  const bool ended = ::poll(&wanted, 1, static_cast<int>(kPatienceUs / 1'000)) == 1;
  ::close(descriptor);
  return ended;
}

}  // namespace trunkline::backbone
