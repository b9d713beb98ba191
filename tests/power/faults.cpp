#include "tests/power/faults.h"

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cstdlib>
#include <ctime>
#include <string>
#include <string_view>
#include <vector>

namespace trunkline::power {

namespace {

// What stands between colons.
std::vector<std::string> words_of(const std::string& text) {
  std::vector<std::string> words(1);
  for (const char c : text) {
    if (c == ':') {
      words.emplace_back();
    } else {
      words.back().push_back(c);
    }
  }
  return words;
}

const char* name_of(Call call) {
  return call == Call::write ? "write" : "sync";
}

// Calls of the kernel by number: the C library's are interposed.
std::string content_of(const char* path) {
  const auto file = static_cast<int>(syscall(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC));
  if (file < 0) return {};
  std::array<char, 64> buffer{};
  const ssize_t size = read(file, buffer.data(), buffer.size());
  syscall(SYS_close, file);
  return size > 0 ? std::string(buffer.data(), static_cast<std::size_t>(size)) : std::string();
}

bool is_named(int fd, const std::string& name) {
  std::array<char, 4'096> path{};
  const ssize_t size =
      readlink(("/proc/self/fd/" + std::to_string(fd)).c_str(), path.data(), path.size());
  return size > 0 &&
         std::string_view(path.data(), static_cast<std::size_t>(size)).ends_with("/" + name);
}

void sleep_ms(long ms) {
  timespec left{ms / 1'000, ms % 1'000 * 1'000'000};
  while (nanosleep(&left, &left) != 0) {
  }
}

}  // namespace

std::optional<int> fault_of(Call call, int fd) {
  static const char* const orders = std::getenv(kOrdersVariable);
  static const char* const planned = std::getenv(kFailVariable);
  static std::array<std::atomic<long>, 2> made{};
  if (planned != nullptr) {
    const auto words = words_of(planned);
    if (words.at(0) == name_of(call) &&
        ++made[static_cast<std::size_t>(call)] == std::atol(words.at(1).c_str())) {
      return std::atoi(words.at(2).c_str());
    }
  }
  if (orders == nullptr) return std::nullopt;
  const auto words = words_of(content_of(orders));
  if (words.size() != 4 || words[1] != name_of(call) || !is_named(fd, words[3]))
    return std::nullopt;
  if (words[0] == "slow") sleep_ms(std::atol(words[2].c_str()));
  if (words[0] != "fail") return std::nullopt;
  syscall(SYS_unlink, orders);
  return std::atoi(words[2].c_str());
}

}  // namespace trunkline::power
