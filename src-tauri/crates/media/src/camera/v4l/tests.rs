//! What can be tried without a camera: machines that have none, and what cameras give.

use super::*;
use v4l::{Format as Said, FourCC};

fn devices(name: &str) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("waxwing-v4l-{name}-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

#[test]
fn a_machine_without_cameras_says_so() {
    let folder = devices("none");
    // Neither is one, whatever it is called.
    std::fs::write(folder.join("video0"), "no device").unwrap();
    std::fs::create_dir_all(folder.join("video1")).unwrap();
    for cameras in [V4l::new(folder.clone()), V4l::new("/nowhere".into())] {
        assert_eq!(cameras.list(), []);
        let none = cameras.open(None, Box::new(drop)).err().unwrap();
        assert_eq!(none.to_string(), "nothing can be seen: there is no camera");
        assert!(matches!(cameras.open(Some("/dev/video0"), Box::new(drop)), Err(Failure::Gone)));
    }
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn devices_are_known_by_what_lasts() {
    let folder = devices("links");
    std::fs::create_dir_all(folder.join("v4l/by-id")).unwrap();
    for name in ["video10", "video2", "videos", "audio1"] {
        std::fs::write(folder.join(name), "").unwrap();
    }
    let cameras = V4l::new(folder.canonicalize().unwrap());
    let link = cameras.devices.join("v4l/by-id/usb-Camera-index0");
    std::os::unix::fs::symlink("../../video2", &link).unwrap();
    let nodes = cameras.nodes();
    assert_eq!(nodes, [cameras.devices.join("video2"), cameras.devices.join("video10")]);
    assert_eq!(cameras.lasting(&nodes[0]), link);
    assert_eq!(cameras.lasting(&nodes[1]), nodes[1]);
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn what_cameras_give_is_read() {
    let said = |width, height, stride, code: &[u8; 4]| Said { stride, ..Said::new(width, height, FourCC::new(code)) };
    let grey = |code: &[u8; 4], stride, length| {
        let said = said(4, 4, stride, code);
        Coding::of(said.fourcc).unwrap().picture(&said, &vec![90; length])
    };
    for (code, stride, length) in [(b"YUYV", 8, 32), (b"YUYV", 16, 64), (b"NV12", 4, 24), (b"YU12", 0, 24)] {
        assert_eq!(grey(code, stride, length).unwrap().at(1, 1), [90, 90, 90]);
        assert_eq!(grey(code, stride, length / 2), None);
    }
    assert_eq!(grey(b"MJPG", 0, 100), None);
    assert_eq!(Coding::of(FourCC::new(b"H264")), None);
    for (width, height, stride) in [(0, 0, 0), (u32::MAX, u32::MAX, u32::MAX), (4, 4, 1), (4, 4, u32::MAX)] {
        for code in [b"YUYV", b"NV12", b"YU12", b"MJPG"] {
            let said = said(width, height, stride, code);
            assert_eq!(Coding::of(said.fourcc).unwrap().picture(&said, &[0; 64]), None);
        }
    }
}
