#include "read/circuit_json.h"

#include <algorithm>
#include <string>
#include <utility>

#include "read/json.h"

namespace ionsim {
namespace {

constexpr std::int64_t kMostQubits = std::int64_t{1} << 31;  // indices are 32-bit

// Where the width of the circuit is declared: beside the list.
std::string declared_path(std::string_view path) {
    const std::size_t point = path.rfind('.');
    const std::string_view parent =
        point == std::string_view::npos ? std::string_view{} : path.substr(0, point + 1);
    return std::string(parent) + "qubits";
}

}  // namespace

GateListReader::GateListReader(const Document& document, GateSet set,
                               std::optional<std::int64_t> qubits, std::string_view path,
                               std::size_t limit)
    : document_(document),
      set_(set),
      qubits_(qubits),
      path_(path),
      range_{std::min(qubits.value_or(kMostQubits), kMostQubits), qubits, declared_path(path)},
      problems_(document, path, limit),
      gates_(document, set, range_, problems_) {
    if (qubits && *qubits < 1) {
        problems_.add_at(range_.declared_path, std::to_string(*qubits),
                         "a circuit has at least one qubit", "an integer from 1");
        range_.most = kMostQubits;
    }
}

void GateListReader::read(Document::Index gate) {
    problems_.set_gate(next_++);
    if (!problems_.full()) gates_.read(gate);
}

ReadResult GateListReader::finish() {
    if (!problems_.empty()) return {std::nullopt, problems_.take()};
    const std::int64_t width =
        qubits_.value_or(std::max<std::int64_t>(std::int64_t{gates_.highest_qubit()} + 1, 1));
    return {Program(set_, width, gates_.take()), {}};
}

ReadResult GateListReader::no_list(std::optional<Document::Index> node) {
    problems_.add_at(std::string(path_), node ? short_json(document_, *node) : std::string(),
                     "a list of gates is needed", "a list of objects, one per gate");
    return {std::nullopt, problems_.take()};
}

ReadResult read_gates(const Document& document, GateSet set, std::optional<std::int64_t> qubits,
                      std::string_view path, std::size_t limit) {
    GateListReader reader(document, set, qubits, path, limit);
    if (document.empty()) return reader.no_list({});
    if (document.kind(Document::kRoot) != NodeKind::kArray) return reader.no_list(Document::kRoot);
    reader.reserve(document.count(Document::kRoot));
    const Document::Index end = document.end(Document::kRoot);
    for (Document::Index node = document.begin(Document::kRoot); node < end && !reader.full();
         node = document.next(node)) {
        reader.read(node);
    }
    return reader.finish();
}

ReadResult read_gates(std::string_view json, GateSet set, std::optional<std::int64_t> qubits,
                      std::string_view path, std::size_t limit) {
    Document document;
    GateListReader reader(document, set, qubits, path, limit);
    // A gate takes some forty characters or more; memory that is not touched costs nothing.
    reader.reserve(json.size() / 40 + 1);
    const auto error = parse_json(json, document, [&](Document::Index gate) { reader.read(gate); });
    if (error) {
        Problem problem{std::string(kInvalidInput), std::string(path), error->near,
                        "this is not JSON: line " + std::to_string(error->line) + " column " +
                            std::to_string(error->column) + ": " + error->message,
                        "a JSON list of gate objects"};
        return {std::nullopt, {std::move(problem)}};
    }
    if (document.kind(Document::kRoot) != NodeKind::kArray) return reader.no_list(Document::kRoot);
    return reader.finish();
}

}  // namespace ionsim
