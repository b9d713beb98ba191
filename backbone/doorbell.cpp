#include "backbone/doorbell.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <stdexcept>
#include <system_error>

namespace trunkline::backbone {
namespace {

sockaddr_un unix_address(const std::string& path) {
  sockaddr_un address{};
  if (path.size() >= sizeof address.sun_path) {
    throw std::runtime_error("the path " + path + " is too long for a UNIX socket (" +
                             std::to_string(sizeof address.sun_path - 1) +
                             " bytes): choose a shorter --run-dir");
  }
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  return address;
}

[[noreturn]] void fail(const std::string& what) {
  throw std::runtime_error(what + ": " + std::generic_category().message(errno));
}

bool same(const sockaddr_in& a, const sockaddr_in& b) {
  return a.sin_addr.s_addr == b.sin_addr.s_addr && a.sin_port == b.sin_port;
}

}  // namespace

std::string to_text(const sockaddr_in& address) {
  char host[INET_ADDRSTRLEN] = "";
  ::inet_ntop(AF_INET, &address.sin_addr, host, sizeof host);
  return std::string(host) + ":" + std::to_string(ntohs(address.sin_port));
}

sockaddr_in address_of(const std::string& text) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  const std::size_t colon = text.rfind(':');
  const std::string host = text.substr(0, colon);
  std::uint16_t port = 0;
  if (colon != std::string::npos) {
    const char* end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data() + colon + 1, end, port);
    if (error != std::errc{} || stop != end) throw std::runtime_error("bad port in " + text);
  }
  if (::inet_pton(AF_INET, host.c_str(), &address.sin_addr) != 1) {
    throw std::runtime_error("not an IPv4 address: " + text);
  }
  address.sin_port = htons(port);
  return address;
}

Doorbell::Doorbell(const std::string& run_directory, wire::RankId self,
                   const std::string& interface)
    : self_(self), path_(run_directory + "/rank-" + std::to_string(self) + ".bell") {
  bind_unix();
  if (!interface.empty()) bind_udp(interface);
}

void Doorbell::bind_unix() {
  const sockaddr_un address = unix_address(path_);
  ::unlink(path_.c_str());
  unix_ = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (unix_ < 0) fail("doorbell socket");
  const mode_t before = ::umask(077);
  const int bound = ::bind(unix_, reinterpret_cast<const sockaddr*>(&address), sizeof address);
  ::umask(before);
  if (bound != 0) fail("cannot bind " + path_);
}

void Doorbell::bind_udp(const std::string& interface) {
  sockaddr_in address = address_of(interface + ":0");
  udp_ = ::socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (udp_ < 0) fail("doorbell socket");
  socklen_t size = sizeof address;
  if (::bind(udp_, reinterpret_cast<const sockaddr*>(&address), size) != 0 ||
      ::getsockname(udp_, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    fail("cannot bind the doorbell to " + interface);
  }
  address_ = to_text(address);
}

Doorbell::~Doorbell() {
  if (unix_ >= 0) ::close(unix_);
  if (udp_ >= 0) ::close(udp_);
  ::unlink(path_.c_str());
}

void Doorbell::set_bells(const std::vector<Bell>& bells) {
  peers_.clear();
  for (const Bell& bell : bells) {
    Peer peer;
    peer.same_host = bell.same_host;
    if (bell.same_host) peer.unix_address = unix_address(bell.path);
    if (!bell.address.empty()) peer.udp_address = address_of(bell.address);
    peers_.push_back(peer);
  }
}

void Doorbell::ring(wire::RankId rank) {
  const Peer& peer = peers_.at(rank);
  const char note = 1;
  ++counters_.rung;
  ssize_t sent = -1;
  if (peer.same_host) {
    sent = ::sendto(unix_, &note, 1, 0, reinterpret_cast<const sockaddr*>(&peer.unix_address),
                    sizeof peer.unix_address);
  } else if (udp_ >= 0 && peer.udp_address.sin_family != 0) {
    sent = ::sendto(udp_, &note, 1, 0, reinterpret_cast<const sockaddr*>(&peer.udp_address),
                    sizeof peer.udp_address);
  }
  if (sent == 1) return;
  // A full queue of datagrams means that the bell is ringing: as good as sent.
  if (peer.same_host && (errno == EAGAIN || errno == ENOBUFS)) {
    ++counters_.rung_full;
  } else {
    ++counters_.unrung;
  }
}

bool Doorbell::is_known(const sockaddr_in& source) const {
  return std::any_of(peers_.begin(), peers_.end(), [&](const Peer& peer) {
    return peer.udp_address.sin_family != 0 && same(peer.udp_address, source);
  });
}

void Doorbell::drain() {
  drain(unix_);
  if (udp_ >= 0) drain(udp_);
}

void Doorbell::drain(int descriptor) {
  // Many at once: rings are single most of the time, and the second call that finds nothing is
  // saved.
  constexpr unsigned kAtOnce = 16;
  sockaddr_in sources[kAtOnce];
  mmsghdr rings[kAtOnce];
  int count = 0;
  do {
    std::memset(rings, 0, sizeof rings);
    if (descriptor == udp_) {
      for (unsigned n = 0; n < kAtOnce; ++n) {
        rings[n].msg_hdr.msg_name = &sources[n];
        rings[n].msg_hdr.msg_namelen = sizeof sources[n];
      }
    }
    count = ::recvmmsg(descriptor, rings, kAtOnce, 0, nullptr);
    for (int n = 0; n < count; ++n) {
      const bool known = descriptor == unix_ || is_known(sources[n]);
      ++(known ? counters_.heard : counters_.strangers);
    }
  } while (count == static_cast<int>(kAtOnce));
}

std::vector<HostAddress> host_addresses() {
  ifaddrs* first = nullptr;
  if (::getifaddrs(&first) != 0) fail("cannot list this host's addresses");
  std::vector<HostAddress> found;
  for (const ifaddrs* entry = first; entry != nullptr; entry = entry->ifa_next) {
    if (entry->ifa_addr == nullptr || entry->ifa_addr->sa_family != AF_INET) continue;
    if ((entry->ifa_flags & IFF_UP) == 0) continue;
    sockaddr_in address{};
    std::memcpy(&address, entry->ifa_addr, sizeof address);
    std::string text = to_text(address);
    text.resize(text.rfind(':'));
    found.push_back({entry->ifa_name, text, (entry->ifa_flags & IFF_LOOPBACK) != 0});
  }
  ::freeifaddrs(first);
  return found;
}

std::string choose_address(const std::string& wanted, const std::vector<HostAddress>& addresses) {
  const std::size_t slash = wanted.find('/');
  std::string list;
  for (const HostAddress& candidate : addresses) {
    list += " " + candidate.interface + "=" + candidate.address;
    if (wanted.empty()) {
      if (!candidate.loopback) return candidate.address;
    } else if (wanted == candidate.interface || wanted == candidate.address) {
      return candidate.address;
    } else if (slash != std::string::npos) {
      const in_addr block = address_of(wanted.substr(0, slash)).sin_addr;
      unsigned bits = 33;
      std::from_chars(wanted.data() + slash + 1, wanted.data() + wanted.size(), bits);
      if (bits > 32) throw std::runtime_error("not a block of IPv4 addresses: " + wanted);
      const std::uint32_t mask = bits == 0 ? 0 : ~std::uint32_t{0} << (32 - bits);
      const in_addr own = address_of(candidate.address).sin_addr;
      if ((ntohl(own.s_addr) & mask) == (ntohl(block.s_addr) & mask)) return candidate.address;
    }
  }
  throw std::runtime_error((wanted.empty() ? "no network interface besides loopback is up"
                                           : "no interface of this host is " + wanted) +
                           std::string("; name one with --interface. This host has:") + list);
}

}  // namespace trunkline::backbone
