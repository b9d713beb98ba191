#include "wire/saslprep.h"

#include <gsasl.h>

#include <memory>

namespace trunkline::wire {

std::optional<Bytes> saslprep(BytesView text) {
  struct FreeByGsasl {
    void operator()(char* made) const { gsasl_free(made); }
  };
  if (text.empty() || text.find('\0') != BytesView::npos) return std::nullopt;
  char* out = nullptr;
  if (gsasl_saslprep(Bytes(text).c_str(), GSASL_ALLOW_UNASSIGNED, &out, nullptr) != GSASL_OK) {
    return std::nullopt;
  }
  const std::unique_ptr<char, FreeByGsasl> owner(out);
  if (*out == '\0') return std::nullopt;
  return Bytes(out);
}

}  // namespace trunkline::wire
