#include "cluster/pulse.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "wire/codec.h"

namespace trunkline::cluster {

using std::chrono::steady_clock;

Pulse::Pulse(const std::string& admin_socket) : path_(admin_socket) {
  ask();
}

Pulse::~Pulse() {
  if (socket_ >= 0) ::close(socket_);
}

bool Pulse::beats() {
  const auto now = looked_at_ = steady_clock::now();
  // Heard first: we ourselves may have been stopped for long, and the answer be there.
  if (hear()) waiting_ = false;
  if (waiting_) return now - asked_at_ < kSilenceMax;
  if (now - asked_at_ >= kAskEvery) ask();
  return true;
}

steady_clock::time_point Pulse::next() const {
  // Nobody wakes us for the answer: looked for as often as it is asked for.
  return std::min(looked_at_ + kAskEvery, asked_at_ + (waiting_ ? kSilenceMax : kAskEvery));
}

// Any byte will do, and an end too.
bool Pulse::hear() {
  if (socket_ < 0) return false;
  char bytes[4096];
  bool heard = false;
  ssize_t size = 0;
  while ((size = ::recv(socket_, bytes, sizeof bytes, MSG_DONTWAIT)) > 0) heard = true;
  if (size < 0) return heard;
  ::close(std::exchange(socket_, -1));
  return true;
}

void Pulse::ask() {
  asked_at_ = looked_at_ = steady_clock::now();
  if (socket_ < 0) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path_.copy(address.sun_path, sizeof address.sun_path - 1);
    socket_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
      ::close(std::exchange(socket_, -1));
      return;
    }
  }
  const wire::Bytes question =
      wire::encoded(wire::FrameHeader{}, wire::Admin{wire::AdminVerb::status, 0, {}, {}});
  waiting_ = ::send(socket_, question.data(), question.size(), MSG_NOSIGNAL) > 0;
}

}  // namespace trunkline::cluster
