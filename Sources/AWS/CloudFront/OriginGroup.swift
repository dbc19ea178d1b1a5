/// Origins of a distribution of which the second is asked if the first one answers with certain statuses.
public struct OriginGroup: Hashable, Sendable {
    public var id: String
    /// The ids of the origins, in the order in which they are asked.
    public var members: [String]
    /// For which the next member is asked.
    public var statuses: [String]

    init(_ element: XMLElement) {
        id = element.text("Id") ?? ""
        members =
            element.at(["Members", "Items"])?.children("OriginGroupMember").compactMap { $0.text("OriginId") } ?? []
        statuses =
            element.at(["FailoverCriteria", "StatusCodes", "Items"])?.children("StatusCode").map(\.text) ?? []
    }
}
