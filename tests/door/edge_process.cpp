#include "tests/door/edge_process.h"

#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <stdexcept>

#include "lab/url.h"
#include "tests/edge/test_certificate.h"
#include "tests/support/signals.h"

namespace trunkline::tests {
namespace {

using namespace std::chrono_literals;

std::string edge_program() {
  return std::filesystem::read_symlink("/proc/self/exe").parent_path() / "trunkline-edge";
}

}  // namespace

EdgeProcess::EdgeProcess(EdgeKind kind, bool tls, std::vector<std::string> more)
    : tls_(tls), events_(directory_.path()) {
  die_of_signals();
  cluster::Spawn spawn;
  spawn.arguments = {edge_program(), "--port", "0"};
  const auto add = [&](std::initializer_list<std::string> options) {
    spawn.arguments.insert(spawn.arguments.end(), options);
  };
  if (kind == EdgeKind::echo) {
    add({"--echo"});
  } else {
    add({"--endpoint", "ipc://" + directory_.path() + "/nobody"});
  }
  if (tls) {
    edge::make_test_certificate(certificate(), key());
    add({"--cert", certificate(), "--key", key()});
  } else {
    add({"--plain"});
  }
  spawn.arguments.insert(spawn.arguments.end(), more.begin(), more.end());
  spawn.log = directory_.path() + "/edge.log";
  spawn.output = events_.line_pipe([this](std::string_view line) {
    constexpr std::string_view kBefore = " listens on ";
    const auto at = line.find(kBefore);
    if (at == std::string_view::npos) return;
    url_ = line.substr(at + kBefore.size());
    const lab::Url url = lab::parse_url(url_);
    if (url.socket_path.empty()) port_ = static_cast<std::uint16_t>(std::stoul(url.port));
  });
  process_ = cluster::Process(spawn);
  ::close(spawn.output);
  events_.wait_until([this] { return !url_.empty() || process_.ended(); }, 20s);
  if (url_.empty()) throw std::runtime_error("the edge does not listen:\n" + log());
}

EdgeProcess::~EdgeProcess() {
  if (!process_.running()) return;
  process_.signal(SIGKILL);
  events_.wait_until([this] { return process_.ended(); }, 10s);
}

bool EdgeProcess::stop() {
  ask_to_stop();
  return events_.wait_until([this] { return process_.ended(); }, 10s) &&
         process_.exit_status() == 0;
}

std::string EdgeProcess::log() const {
  return content_of(directory_.path() + "/edge.log");
}

int exit_status_of_edge(const std::vector<std::string>& options) {
  const TemporaryDirectory directory;
  cluster::Events events(directory.path());
  die_of_signals();
  cluster::Spawn spawn;
  spawn.arguments = {edge_program()};
  spawn.arguments.insert(spawn.arguments.end(), options.begin(), options.end());
  spawn.log = directory.path() + "/edge.log";
  cluster::Process process(spawn);
  if (events.wait_until([&] { return process.ended(); }, 5s)) return process.exit_status();
  process.signal(SIGKILL);
  events.wait_until([&] { return process.ended(); }, 10s);
  return -1;
}

}  // namespace trunkline::tests
