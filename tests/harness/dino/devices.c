/* Dino's camera, microphone and loudspeaker, as a plug-in of GStreamer: each is what an environment variable describes,
 * in the words of gst-launch. */
#include <gst/gst.h>
#include <string.h>

typedef struct {
  GstDevice device;
  const char *description;
} TestDevice;
typedef GstDeviceClass TestDeviceClass;
G_DEFINE_TYPE(TestDevice, test_device, GST_TYPE_DEVICE)

typedef GstDeviceProvider TestProvider;
typedef GstDeviceProviderClass TestProviderClass;
G_DEFINE_TYPE(TestProvider, test_provider, GST_TYPE_DEVICE_PROVIDER)

/* Dino 0.4 links encoders that are not ready yet to a device that runs. Whatever becomes of what the device gives then,
 * it goes on, as a device does. */
static GstFlowReturn give(GstPad *pad, GstObject *parent, GstBuffer *buffer) {
  GstPad *source = gst_element_get_static_pad(GST_ELEMENT(parent), "src");
  gst_pad_push(source, buffer);
  gst_object_unref(source);
  return GST_FLOW_OK;
}

/* How often it is looked whether anything stands still, and how often it has to until that is told. */
#define LATER (G_USEC_PER_SEC / 4)
#define STILL 10

/* The device that was made last: where the pipeline is found. */
static GstObject *newest;
G_LOCK_DEFINE_STATIC(newest);

/* Why an element cannot pass on anything, whatever it is given; or nothing. */
static const char *hindrance(GstElement *element) {
  if (gst_element_is_locked_state(element))
    return NULL;
  if (GST_STATE(element) != GST_STATE_PLAYING)
    return gst_element_state_get_name(GST_STATE(element));
  const char *found = NULL;
  GST_OBJECT_LOCK(element);
  for (GList *at = element->srcpads; at; at = at->next)
    if (gst_pad_get_last_flow_return(at->data) == GST_FLOW_FLUSHING)
      found = "flushing";
  GST_OBJECT_UNLOCK(element);
  return found;
}

/* Red, green and blue in the middle of the upper edge of what a sink of pictures was given last, as 0xRRGGBB; -1 where
 * there is none. The name of a format tells the order of its bytes. */
static int shown(GstElement *element) {
  GstSample *sample = NULL;
  GstMapInfo map;
  int width, colour = -1;
  if (g_object_class_find_property(G_OBJECT_GET_CLASS(element), "last-sample"))
    g_object_get(element, "last-sample", &sample, NULL);
  if (!sample)
    return -1;
  GstStructure *caps = gst_caps_get_structure(gst_sample_get_caps(sample), 0);
  const char *format = gst_structure_get_string(caps, "format");
  const char *red = format ? strchr(format, 'R') : NULL, *green = red ? strchr(format, 'G') : NULL;
  const char *blue = green ? strchr(format, 'B') : NULL;
  if (blue && gst_structure_get_int(caps, "width", &width) &&
      gst_buffer_map(gst_sample_get_buffer(sample), &map, GST_MAP_READ)) {
    const guint8 *pixel = map.data + width / 2 * strlen(format);
    if (pixel + strlen(format) <= map.data + map.size)
      colour = pixel[red - format] << 16 | pixel[green - format] << 8 | pixel[blue - format];
    gst_buffer_unmap(gst_sample_get_buffer(sample), &map);
  }
  gst_sample_unref(sample);
  return colour;
}

static void look(const GValue *item, gpointer data) {
  GstElement *element = g_value_get_object(item);
  int colour = shown(element);
  if (colour >= 0)
    g_message("shows: %06x", colour);
  const char *why = hindrance(element);
  int times = GPOINTER_TO_INT(g_object_get_data(G_OBJECT(element), "still"));
  times = why ? times + 1 : 0;
  g_object_set_data(G_OBJECT(element), "still", GINT_TO_POINTER(times));
  if (times == STILL)
    g_message("stands still: %s (%s)", GST_OBJECT_NAME(element), why);
}

/* Tells what pictures show, and what of the pipeline stands still for long. That is nobody's fault but Dino's: it changes its pipeline while that
 * runs, from several threads, and some of it is linked before it is ready or is never told to run. */
static gpointer watch(gpointer data) {
  for (;;) {
    g_usleep(LATER);
    G_LOCK(newest);
    GstObject *top = gst_object_ref(newest);
    G_UNLOCK(newest);
    for (GstObject *parent; (parent = gst_object_get_parent(top)); top = parent)
      gst_object_unref(top);
    /* After a call it is in none. */
    if (GST_IS_PIPELINE(top)) {
      GstIterator *all = gst_bin_iterate_recurse(GST_BIN(top));
      /* What changes meanwhile is looked at the next time. */
      gst_iterator_foreach(all, look, NULL);
      gst_iterator_free(all);
    }
    gst_object_unref(top);
  }
  return NULL;
}

static gpointer begin_watch(gpointer data) {
  g_thread_unref(g_thread_new("watch", watch, NULL));
  return NULL;
}

static GstElement *create_element(GstDevice *device, const gchar *name) {
  GError *error = NULL;
  GstElement *bin = gst_parse_bin_from_description(((TestDevice *)device)->description, TRUE, &error);
  if (!bin)
    g_error("%s", error->message);
  g_clear_error(&error);
  gst_object_set_name(GST_OBJECT(bin), name);
  GstElement *gives = gst_bin_get_by_name(GST_BIN(bin), "gives");
  if (gives) {
    GstPad *pad = gst_element_get_static_pad(gives, "sink");
    gst_pad_set_chain_function(pad, give);
    gst_object_unref(pad);
    gst_object_unref(gives);
  }
  static GOnce watching = G_ONCE_INIT;
  G_LOCK(newest);
  gst_object_replace(&newest, GST_OBJECT(bin));
  G_UNLOCK(newest);
  g_once(&watching, begin_watch, NULL);
  return bin;
}

static void test_device_class_init(TestDeviceClass *class) { class->create_element = create_element; }
static void test_device_init(TestDevice *device) {}

static GList *add(GList *devices, const char *variable, const char *class, const char *name, const char *caps) {
  const char *description = g_getenv(variable);
  if (!description)
    return devices;
  GstCaps *given = gst_caps_from_string(caps);
  GstStructure *properties = gst_structure_new("test", "is-default", G_TYPE_BOOLEAN, TRUE, NULL);
  TestDevice *device = g_object_new(test_device_get_type(), "display-name", name, "device-class", class, "caps", given,
                                    "properties", properties, NULL);
  device->description = description;
  gst_caps_unref(given);
  gst_structure_free(properties);
  return g_list_append(devices, device);
}

static GList *probe(GstDeviceProvider *provider) {
  GList *devices = add(NULL, "TEST_CAMERA", "Video/Source", "The test's camera",
                       "video/x-raw,format=I420,width=640,height=360,framerate=30/1");
  devices = add(devices, "TEST_MICROPHONE", "Audio/Source", "The test's microphone", "audio/x-raw");
  return add(devices, "TEST_LOUDSPEAKER", "Audio/Sink", "The test's loudspeaker", "audio/x-raw");
}

static void test_provider_class_init(TestProviderClass *class) {
  class->probe = probe;
  gst_device_provider_class_set_static_metadata(class, "Test devices", "Source/Sink/Audio/Video",
                                                "Devices that a test describes", "the tests");
}
static void test_provider_init(TestProvider *provider) {}

static gboolean begin(GstPlugin *plugin) {
  return gst_device_provider_register(plugin, "testdevices", GST_RANK_PRIMARY, test_provider_get_type());
}

#define PACKAGE "tests"
GST_PLUGIN_DEFINE(GST_VERSION_MAJOR, GST_VERSION_MINOR, testdevices, "Devices that a test describes", begin, "1",
                  "MPL", PACKAGE, "https://example.test")
