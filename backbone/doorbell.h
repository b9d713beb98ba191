// The doorbell: how a rank wakes another one that sleeps. A ring is a datagram, and what it rings
// is a level: however many came, one drain() silences them. Lost rings do no harm: the router rings
// again until its batch is confirmed (protocol section 9).
//
// On one host: a UNIX datagram socket, RUN/rank-R.bell, in a directory that only we can enter.
// Between hosts: a UDP socket (IPv4) on the chosen interface; a ring counts only if its source
// stands in the table of ranks. Others are taken, ignored and counted: they cost a wake-up, no
// more.
//
// Threads: the rank's one thread.
#pragma once

#include <netinet/in.h>
#include <sys/un.h>

#include <string>
#include <vector>

#include "wire/ids.h"

namespace trunkline::backbone {

struct DoorbellCounters {
  std::uint64_t rung = 0;       // rings sent
  std::uint64_t rung_full = 0;  // of them: that bell was ringing already
  std::uint64_t unrung = 0;     // rings that could not be sent; they are sent again
  std::uint64_t heard = 0;      // rings from ranks
  std::uint64_t strangers = 0;  // datagrams from elsewhere
};

// An IPv4 address and port as text, "10.0.0.1:4711".
std::string to_text(const sockaddr_in& address);
// Throws std::runtime_error.
sockaddr_in address_of(const std::string& text);

class Doorbell {
 public:
  // Where a rank listens: its UNIX socket for ranks on its host, its UDP address for others.
  struct Bell {
    std::string path;
    std::string address;  // empty: it has none
    bool same_host = true;
  };

  // Binds RUN/rank-SELF.bell (a stale one is removed) and, unless `interface` is empty, a free UDP
  // port on that IPv4 address. Throws std::runtime_error.
  Doorbell(const std::string& run_directory, wire::RankId self, const std::string& interface);
  // Closes, and removes the socket file.
  ~Doorbell();
  Doorbell(const Doorbell&) = delete;
  Doorbell& operator=(const Doorbell&) = delete;

  // What the other ranks need to know of this one.
  const std::string& path() const { return path_; }
  const std::string& address() const { return address_; }
  // Everyone's, by rank. REQUIRES: before the first ring() or drain().
  void set_bells(const std::vector<Bell>& bells);

  // Never blocks; a ring that cannot be sent is counted and forgotten.
  void ring(wire::RankId rank);
  // Takes all that is waiting. REQUIRES: before the tests of MPI that decide whether to sleep.
  void drain();
  // Readable when somebody rang; the second one is -1 without UDP.
  int unix_descriptor() const { return unix_; }
  int udp_descriptor() const { return udp_; }

  const DoorbellCounters& counters() const { return counters_; }

 private:
  struct Peer {
    bool same_host = true;
    sockaddr_un unix_address{};
    sockaddr_in udp_address{};  // family 0: none
  };
  void bind_unix();
  void bind_udp(const std::string& interface);
  void drain(int descriptor);
  bool is_known(const sockaddr_in& source) const;

  wire::RankId self_;
  std::string path_, address_;
  int unix_ = -1, udp_ = -1;
  std::vector<Peer> peers_;
  DoorbellCounters counters_;
};

// The IPv4 address that `wanted` names among those of this host: an address, a block ("10.0.0.0/8")
// or the name of an interface; empty: the first one that is up and not loopback. Throws
// std::runtime_error that lists what there is.
struct HostAddress {
  std::string interface, address;
  bool loopback = false;
};
std::vector<HostAddress> host_addresses();
std::string choose_address(const std::string& wanted, const std::vector<HostAddress>& addresses);

}  // namespace trunkline::backbone
