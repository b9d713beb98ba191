// The demonstration of `scripts/run`: accounts from a file, and a first message whose hops are
// shown.
#pragma once

#include <string>
#include <vector>

#include "wire/cluster_file.h"

namespace trunkline::cluster {

struct DemonstrationAccount {
  std::string name, password;
};
// One `name password` in each line. Throws std::runtime_error that names the line.
std::vector<DemonstrationAccount> read_accounts(const std::string& path);

// Adds those that do not exist, and sets the password of those that do. Throws std::runtime_error.
void put_accounts(const wire::ClusterFile& cluster,
                  const std::vector<DemonstrationAccount>& accounts);

// `from` on the first URL sends one stored message to `to` on the last; prints where its time went,
// hop by hop, with their sum beside the end-to-end time. False: it did not arrive, or was not
// acknowledged, within 10 s.
bool first_message(const std::vector<std::string>& urls, const DemonstrationAccount& from,
                   const DemonstrationAccount& to);

}  // namespace trunkline::cluster
