// Who is on this rank: the sessions of its ports by user, for the direct class (protocol section
// 7), and whether this rank holds all sessions of a user (`sole`, which the user's home says).
#pragma once

#include <boost/container/small_vector.hpp>

#include "routing/text_map.h"
#include "wire/ids.h"

namespace trunkline::routing {

class Residents {
 public:
  struct Resident {
    boost::container::small_vector<wire::Address, 1> sessions;  // in the order they attached
    bool sole = false;
    std::uint64_t version = 0;  // of the last SOLE
  };

  void enter(wire::BytesView user, const wire::Address& session);
  void leave(wire::BytesView user, const wire::Address& session);
  // Ignored unless it is news and the user is here: `sole` ends with the last session.
  void set_sole(wire::BytesView user, bool sole, std::uint64_t version);
  // nullptr: nobody of that name is here. Good until the next call that is not find().
  const Resident* find(wire::BytesView user) const;

  std::size_t size() const { return residents_.size(); }

 private:
  TextMap<Resident> residents_;
};

}  // namespace trunkline::routing
