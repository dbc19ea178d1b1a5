import Testing

@testable import AWS

@Suite struct ConfigFileTests {
    @Test func readsSectionsAndValues() {
        let file = ConfigFile(
            """
            before = nothing
            # a comment
            [default] # with a note
            Region = eu-west-1
            ; another
            [ profile "my name" ]
            key=a = b # c
            s3 =
              max = 1
              endpoint_url = http://x
            after = 2
              loose = 3
            [profile	tab]
            no equals sign
            = no name
            [open
            """)
        #expect(
            file.sections == [
                .init(name: "default", values: ["region": "eu-west-1"]),
                .init(
                    name: "profile my name",
                    values: ["key": "a = b # c", "s3": "", "s3.max": "1", "s3.endpoint_url": "http://x", "after": "2"]),
                .init(name: "profile tab"),
            ])
    }

    @Test func readsLinesThatEndAsOnWindows() {
        let file = ConfigFile("[default]\r\nregion = eu-west-1\r\n")
        #expect(file.sections == [.init(name: "default", values: ["region": "eu-west-1"])])
    }

    @Test func mergesTheFilesByProfile() {
        let profiles = SharedProfiles(
            config: ConfigFile(
                "[default]\nregion=a\n[profile x]\nregion=b\naws_access_key_id=1\n[y]\nregion=c\n[services s]\nregion=d"
            ),
            configPath: "c", credentials: ConfigFile("[x]\naws_access_key_id=2\n[profile z]\nregion=e"),
            credentialsPath: "k")
        #expect(profiles["default"] == ["region": "a"])
        #expect(profiles["x"] == ["region": "b", "aws_access_key_id": "2"])
        #expect(profiles["y"] == nil)
        #expect(profiles.names == ["default", "profile z", "x"])
    }
}
