// Administration from outside: frames over a rank's UNIX socket (RUN/rank-R.admin). Any rank's
// socket reaches every rank: a request travels to the home that it concerns.
//
// Threads: one. Every call blocks until its answer, 10 s at most.
#pragma once

#include <string>
#include <vector>

#include "wire/cluster_file.h"
#include "wire/codec.h"

namespace trunkline::lab {

class AdminClient {
 public:
  // Throws std::runtime_error that says what to do if nobody listens there.
  explicit AdminClient(const std::string& socket_path);
  ~AdminClient();
  AdminClient(AdminClient&&) noexcept;
  AdminClient(const AdminClient&) = delete;

  struct Answer {
    bool done = false;
    std::string text;  // done: JSON, or Prometheus text for metrics; else why not
  };
  // To rank `target`, or with kNoRank to the home of `user`. Throws std::runtime_error if the rank
  // goes away, or says nothing for 10 s.
  Answer ask(wire::AdminVerb verb, wire::RankId target, std::string_view user = {},
             wire::BytesView argument = {});

  // Names and passwords are prepared as a login does it (wire/saslprep.h); std::runtime_error for
  // one that could never log in. The password stays here: what travels is a SCRAM verifier
  // (make_account). `iterations`: of the cluster file.
  Answer add_user(std::string_view user, std::string_view password, std::uint32_t iterations);
  // At once: sessions of the user are closed with `revoked`.
  Answer set_password(std::string_view user, std::string_view password, std::uint32_t iterations);
  Answer disable(std::string_view user);
  Answer enable(std::string_view user);
  Answer list(wire::RankId rank);  // accounts that live there
  Answer sessions(wire::RankId rank);
  Answer queues(wire::RankId rank);
  Answer status(wire::RankId rank);
  Answer metrics(wire::RankId rank);
  Answer ping(std::string_view user);  // where the user lives and is connected
  Answer stop(wire::RankId rank);      // an orderly stop; every rank of a job must be told

 private:
  int socket_ = -1;
  wire::Bytes received_;
};

// A connection to the first rank of a cluster file that answers. Throws std::runtime_error.
AdminClient connect_admin(const wire::ClusterFile& cluster);

// An encoded wire::Account: SCRAM-SHA-256 keys (RFC 5802) of `password` under 16 random bytes of
// salt. Costs `iterations` rounds of PBKDF2: a quarter of a second at 600,000.
wire::Bytes make_account(std::string_view user, std::string_view password,
                         std::uint32_t iterations);

}  // namespace trunkline::lab
