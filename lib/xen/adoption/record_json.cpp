#include "xen/adoption/record.h"

#include "base/error.h"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace xen {

using nlohmann::json;

const HandedFile* AdoptionRecord::find(const std::string& path) const
{
    const auto found = std::ranges::find(files, path, &HandedFile::path);
    return found == files.end() ? nullptr : &*found;
}

std::string to_json_text(const AdoptionRecord& record)
{
    json files = json::array();
    for (const auto& file : record.files)
        files.push_back({{"path", file.path}, {"line", file.is_line}, {"ours", file.ours},
            {"stock", file.stock ? json(*file.stock) : json()}});
    return json{{"names", record.names}, {"files", files}}.dump(2) + "\n";
}

AdoptionRecord parse_adoption_record(const std::string& text, const std::string& file)
{
    try {
        const auto object = json::parse(text);
        AdoptionRecord record{object.at("names").get<bool>()};
        for (const auto& each : object.at("files"))
            record.files.push_back({each.at("path").get<std::string>(), each.at("line").get<bool>(),
                each.at("stock").is_null() ? std::nullopt
                                           : std::optional(each.at("stock").get<std::string>()),
                each.at("ours").get<std::vector<std::string>>()});
        return record;
    } catch (const json::exception&) {
        throw base::Error(file
            + " makes no sense: compare the files *.dom0net-saved beside what they were saved from, "
              "then remove it and run \"dom0net enable\" again");
    }
}

} // namespace xen
