// The state environment: who this data belongs to, the highest epoch that served it, and accounts.
// Small and transactional.
//
// Threads: opening and reading by the store's owner, accounts are put by the writer.
#pragma once

#include "persistence/environment.h"
#include "persistence/schema.h"

namespace trunkline::persistence {

// Looks at the pages of a state file before it is opened; throws std::runtime_error as
// walk_pages(). REQUIRES: the lock of its directory.
void check_state_pages(const std::string& path);

struct IdentityWanted {
  wire::RankId self;
  const wire::SlotMap& slots;
  std::optional<std::array<unsigned char, 32>> pepper;
};

class StateTables {
 public:
  // `make`: this is new data, and gets an identity. Throws std::runtime_error when the data is not
  // what is wanted.
  StateTables(const std::string& path, std::size_t map_bytes, const IdentityWanted& wanted,
              Opening opening);

  Environment environment;
  MDB_dbi meta = 0, accounts = 0;

  const Identity& identity() const { return identity_; }
  wire::Epoch epoch() const;
  void store_epoch(wire::Epoch epoch);
  // Empty: no such user.
  wire::Bytes account(wire::BytesView user) const;
  wire::AccountsLoaded list(const wire::LoadAccounts& load) const;

 private:
  void make_identity(const IdentityWanted& wanted);
  void read_identity(const IdentityWanted& wanted);

  Identity identity_;
};

}  // namespace trunkline::persistence
