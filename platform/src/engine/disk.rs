//! Disk space, as `SystemDataUsage` shows it. Up to API 1.51 the objects stand in `Containers` and
//! `Volumes`; from 1.52 on in `ContainerUsage.Items` and `VolumeUsage.Items`, and from 1.53 on there only.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::model::null_is_default;

/// The disk space of every container and volume, in bytes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DiskUsage {
    /// What each container has written into its own layer, by ID.
    pub containers: BTreeMap<String, u64>,
    /// What is in each volume, by name; none of those whose driver doesn't tell.
    pub volumes: BTreeMap<String, u64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", default)]
#[derive(Default)]
pub(super) struct Answer {
    #[serde(deserialize_with = "null_is_default")]
    containers: Vec<Container>,
    #[serde(deserialize_with = "null_is_default")]
    volumes: Vec<Volume>,
    #[serde(deserialize_with = "null_is_default")]
    container_usage: Items<Container>,
    #[serde(deserialize_with = "null_is_default")]
    volume_usage: Items<Volume>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", bound = "T: Deserialize<'de>")]
struct Items<T> {
    #[serde(default = "Vec::new", deserialize_with = "null_is_default")]
    items: Vec<T>,
}

impl<T> Default for Items<T> {
    fn default() -> Self {
        Self { items: Vec::new() }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Container {
    id: String,
    /// Left out where it is 0.
    #[serde(default)]
    size_rw: i64,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Volume {
    name: String,
    #[serde(default)]
    usage_data: Option<UsageData>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct UsageData {
    /// -1 where it is not known.
    size: i64,
}

impl From<Answer> for DiskUsage {
    fn from(answer: Answer) -> Self {
        let containers = answer.containers.into_iter().chain(answer.container_usage.items);
        let volumes = answer.volumes.into_iter().chain(answer.volume_usage.items);
        Self {
            containers: containers
                .map(|container| (container.id, u64::try_from(container.size_rw).unwrap_or(0)))
                .collect(),
            volumes: volumes
                .filter_map(|volume| {
                    Some((volume.name, u64::try_from(volume.usage_data?.size).ok()?))
                })
                .collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> DiskUsage {
        serde_json::from_str::<Answer>(text).unwrap().into()
    }

    #[test]
    fn sizes_are_found_where_each_version_has_them() {
        let expected = DiskUsage {
            containers: [("c1".to_owned(), 4096), ("c2".to_owned(), 0)].into(),
            volumes: [("data".to_owned(), 77)].into(),
        };
        // Engine 20.10, API 1.41.
        let legacy = r#"{"LayersSize":993863206,"Images":[{"Id":"sha256:1","Size":1}],
            "Containers":[{"Id":"c1","Names":["/a"],"SizeRw":4096,"SizeRootFs":87167992},
            {"Id":"c2","SizeRootFs":1}],"Volumes":[{"Name":"data","Driver":"local","UsageData":
            {"RefCount":1,"Size":77}},{"Name":"nfs","UsageData":{"RefCount":1,"Size":-1}},
            {"Name":"new"}],"BuildCache":null,"BuilderSize":0}"#;
        // Engine 29, API 1.52, verbose: each kind of object on its own.
        let verbose = r#"{"ContainerUsage":{"TotalCount":2,"ActiveCount":1,"TotalSize":4096,
            "Reclaimable":0,"Items":[{"Id":"c1","SizeRw":4096},{"Id":"c2"}]},"VolumeUsage":
            {"TotalCount":1,"TotalSize":77,"Items":[{"Name":"data","UsageData":{"RefCount":1,
            "Size":77}}]}}"#;
        assert_eq!(read(legacy), expected);
        assert_eq!(read(verbose), expected);
        assert_eq!(
            read(r#"{"Containers":null,"VolumeUsage":{"Items":null}}"#),
            DiskUsage::default()
        );
    }
}
